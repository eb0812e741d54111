using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine;

/// <summary>SQLite, or a rule of D1, refused a statement. The whole request was rolled back.</summary>
/// <remarks>
/// The message has D1's form, for example
/// <c>UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)</c>.
/// </remarks>
public sealed class SqlException : EngineException
{
    /// <summary>An SQL error at a statement.</summary>
    public SqlException(string message, int primaryCode, int extendedCode, int offsetBytes, StatementPosition position,
        DatabaseId? databaseId = null)
        : base(EngineErrorKind.Sql, message, hint: null, databaseId)
    {
        PrimaryCode = primaryCode;
        ExtendedCode = extendedCode;
        OffsetBytes = offsetBytes;
        Position = position;
    }

    /// <summary>SQLite's primary result code; 0 for a rule of D1 that SQLite does not know.</summary>
    public int PrimaryCode { get; }

    /// <summary>SQLite's extended result code.</summary>
    public int ExtendedCode { get; }

    /// <summary>Byte offset of the offending token inside its statement, or -1.</summary>
    public int OffsetBytes { get; }

    /// <summary>The statement that failed.</summary>
    public StatementPosition Position { get; }
}
