using System.Text;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.History;

/// <summary>Whether SQLite finds a database whole. Source: https://www.sqlite.org/pragma.html, "quick_check".</summary>
internal static class QuickCheck
{
    private static readonly TimeSpan NoLimit = TimeSpan.FromDays(1);

    /// <summary>What is wrong with a file that nobody writes to; null when nothing is.</summary>
    /// <exception cref="OperationCanceledException">Nobody wants to know any more.</exception>
    public static string? ProblemOf(string path, CancellationToken stopping)
    {
        var status = SqliteConnection.Open(path, SqliteOpenMode.Immutable, out var connection);
        using (connection)
        {
            return connection is null ? status.ToString() : ProblemOf(connection, stopping);
        }
    }

    /// <summary>What is wrong with the database as a connection sees it; null when nothing is.</summary>
    /// <exception cref="OperationCanceledException">Nobody wants to know any more.</exception>
    public static string? ProblemOf(SqliteConnection connection, CancellationToken stopping)
    {
        try
        {
            connection.BeginRun(NoLimit, stopping);
            using var check = connection.Prepare("PRAGMA quick_check(1)");
            var status = check.Step();
            stopping.ThrowIfCancellationRequested();
            var found = status.Code == SqliteStatus.Row ? Encoding.UTF8.GetString(check.Row(1).Blob(0)) : status.ToString();
            return found == "ok" ? null : found.ReplaceLineEndings(" ");
        }
        catch (SqliteException error)
        {
            stopping.ThrowIfCancellationRequested();
            return error.Message;
        }
        finally
        {
            connection.EndRun();
        }
    }
}
