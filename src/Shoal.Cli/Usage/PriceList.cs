using System.Text.Json;

namespace Shoal.Cli.Usage;

/// <summary>What usage costs.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Source">Where it is from.</param>
/// <param name="Date">When it was read there.</param>
/// <param name="Currency">The currency of all prices.</param>
/// <param name="RowsReadPerMillion">Price of a million rows read.</param>
/// <param name="RowsWrittenPerMillion">Price of a million rows written.</param>
/// <param name="StoragePerGigabyteMonth">Price of a gigabyte (10⁹ bytes) stored for a month.</param>
/// <param name="RowsReadIncluded">Rows read that a month includes.</param>
/// <param name="RowsWrittenIncluded">Rows written that a month includes.</param>
/// <param name="StorageGigabytesIncluded">Gigabytes that a month includes.</param>
internal sealed record PriceList(
    string Name,
    string Source,
    string Date,
    string Currency,
    decimal RowsReadPerMillion,
    decimal RowsWrittenPerMillion,
    decimal StoragePerGigabyteMonth,
    decimal RowsReadIncluded,
    decimal RowsWrittenIncluded,
    decimal StorageGigabytesIncluded)
{
    /// <summary>D1 on the Workers Paid plan.</summary>
    public static PriceList D1 { get; } = new("Cloudflare D1, Workers Paid", "https://developers.cloudflare.com/d1/platform/pricing/",
        "2026-11-21", "USD", 0.001m, 1.00m, 0.75m, 25_000_000_000m, 50_000_000m, 5m);

    /// <summary>Reads a price file; the message of a mistake names the member.</summary>
    public static PriceList Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw Invalid(path, "it is no JSON object");
            }

            return new PriceList(
                Text(root, "name", path), Text(root, "source", path), Text(root, "date", path), Text(root, "currency", path),
                Number(root, "rows_read_per_million", path), Number(root, "rows_written_per_million", path),
                Number(root, "storage_per_gb_month", path), Number(root, "rows_read_included", path),
                Number(root, "rows_written_included", path), Number(root, "storage_gb_included", path));
        }
        catch (JsonException failure)
        {
            throw Invalid(path, failure.Message);
        }
    }

    private static string Text(JsonElement root, string name, string path) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()!
            : throw Invalid(path, $"\"{name}\" is missing or no text");

    private static decimal Number(JsonElement root, string name, string path) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number)
            && number >= 0 ? number : throw Invalid(path, $"\"{name}\" is missing or no number from 0 on");

    private static CliException Invalid(string path, string what) => CliException.Usage(
        $"the price file {path} cannot be used: {what}", "`shoal cost --help` names a page that shows a whole price file");
}
