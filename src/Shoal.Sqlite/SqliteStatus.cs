using System.Globalization;

namespace Shoal.Sqlite;

/// <summary>A result code of SQLite, extended form.</summary>
/// <remarks>Source: https://www.sqlite.org/rescode.html.</remarks>
/// <param name="Code">The extended result code.</param>
public readonly record struct SqliteStatus(int Code)
{
    /// <summary>SQLITE_OK.</summary>
    public const int Ok = 0;

    /// <summary>SQLITE_ERROR.</summary>
    public const int Error = 1;

    /// <summary>SQLITE_BUSY.</summary>
    public const int Busy = 5;

    /// <summary>SQLITE_NOMEM.</summary>
    public const int NoMemory = 7;

    /// <summary>SQLITE_READONLY.</summary>
    public const int ReadOnly = 8;

    /// <summary>SQLITE_INTERRUPT.</summary>
    public const int Interrupt = 9;

    /// <summary>SQLITE_IOERR.</summary>
    public const int InputOutput = 10;

    /// <summary>SQLITE_CORRUPT.</summary>
    public const int Corrupt = 11;

    /// <summary>SQLITE_FULL.</summary>
    public const int Full = 13;

    /// <summary>SQLITE_CANTOPEN.</summary>
    public const int CannotOpen = 14;

    /// <summary>SQLITE_TOOBIG.</summary>
    public const int TooBig = 18;

    /// <summary>SQLITE_CONSTRAINT.</summary>
    public const int Constraint = 19;

    /// <summary>SQLITE_CONSTRAINT_FOREIGNKEY.</summary>
    public const int ConstraintForeignKey = 787;

    /// <summary>SQLITE_MISUSE.</summary>
    public const int Misuse = 21;

    /// <summary>SQLITE_AUTH.</summary>
    public const int Authorization = 23;

    /// <summary>SQLITE_NOTADB.</summary>
    public const int NotADatabase = 26;

    /// <summary>SQLITE_ROW: a row is ready.</summary>
    public const int Row = 100;

    /// <summary>SQLITE_DONE: the statement has finished.</summary>
    public const int Done = 101;

    /// <summary>Success in any of its three forms.</summary>
    public bool IsSuccess => Code is Ok or Row or Done;

    /// <summary>The primary result code.</summary>
    public int Primary => Code & 0xFF;

    /// <summary>The primary code's name, as <c>SQLITE_CONSTRAINT</c>.</summary>
    public string PrimaryName => SqliteStatusNames.Primary(Primary);

    /// <summary>The extended code's name, as <c>SQLITE_CONSTRAINT_UNIQUE</c>; null when it is just the primary code.</summary>
    public string? ExtendedName => Code == Primary ? null : SqliteStatusNames.Extended(Code);

    /// <summary>The most specific name.</summary>
    public override string ToString() =>
        ExtendedName ?? string.Create(CultureInfo.InvariantCulture, $"{PrimaryName}");
}
