namespace Shoal.Cli.Targets;

/// <summary>What an imported or exported file holds.</summary>
internal enum TransferFormat
{
    Sql,
    Csv,
    Sqlite,
}
