namespace Shoal.Cli.Targets;

/// <summary>Names and file extensions of <see cref="TransferFormat"/>.</summary>
internal static class TransferFormats
{
    public const string Known = "sql, csv or sqlite";

    /// <summary>The word for a format on the command line and in the HTTP API.</summary>
    public static string Word(TransferFormat format) => format switch
    {
        TransferFormat.Sql => "sql",
        TransferFormat.Csv => "csv",
        TransferFormat.Sqlite => "sqlite",
    };

    /// <summary>The format that was named, else that of the file's extension.</summary>
    public static TransferFormat Choose(string? word, string path) => (word ?? Path.GetExtension(path).TrimStart('.')) switch
    {
        "sql" => TransferFormat.Sql,
        "csv" => TransferFormat.Csv,
        "sqlite" or "sqlite3" or "db" => TransferFormat.Sqlite,
        _ when word is not null => throw CliException.Usage($"unknown format \"{word}\"", $"--format is {Known}"),
        _ => throw CliException.Usage($"cannot tell the format of {path} from its name", $"add --format {Known}"),
    };
}
