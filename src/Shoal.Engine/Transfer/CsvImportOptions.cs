namespace Shoal.Engine.Transfer;

/// <summary>How CSV becomes rows. The first line names the columns.</summary>
public sealed record CsvImportOptions
{
    /// <summary>The table. Created with the file's columns (no types, so SQLite decides per value) when missing.</summary>
    public required string Table { get; init; }

    /// <summary>Separator between fields. Default a comma.</summary>
    public char Delimiter { get; init; } = ',';

    /// <summary>Store empty fields as NULL instead of empty text. Default true.</summary>
    public bool EmptyIsNull { get; init; } = true;
}
