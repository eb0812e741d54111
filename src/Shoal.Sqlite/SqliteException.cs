namespace Shoal.Sqlite;

/// <summary>A trusted statement of the engine itself failed: the file, the disk or the program is at fault, not the user.</summary>
/// <param name="status">The result code.</param>
/// <param name="message">SQLite's message.</param>
public sealed class SqliteException(SqliteStatus status, string message) : Exception($"{message} ({status})")
{
    /// <summary>The result code.</summary>
    public SqliteStatus Status { get; } = status;
}
