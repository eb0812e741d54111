using System.Text;
using System.Text.Json;
using Shoal.Sync.Configuration;

namespace Shoal.Sync.Tests.Configuration;

/// <summary>
/// Goal: the schema that editors use knows what the reader knows. Method: the reader lists its settings when it meets one that it
/// does not know.
/// </summary>
public sealed class SchemaTests
{
    private const string Table = """{"table": "a", "route": "broadcast" T}""";
    private const string File = """{"sources": [{"name": "a", "connection": "Host=a", "tenants": {N}, "apply": {A}, "walBudget": {W}, "verify": {V}, "queue": {Q}, "tables": [""" + Table + "] S}] R}";

    [Theory]
    [InlineData("S", ", \"jobs\": [{\"name\": \"j\", \"nonsense\": 1}]", "job")]
    [InlineData("R", ", \"nonsense\": 1", "")]
    [InlineData("S", ", \"nonsense\": 1", "source")]
    [InlineData("T", ", \"nonsense\": 1", "table")]
    [InlineData("{N}", "{\"nonsense\": 1}", "tenants")]
    [InlineData("{A}", "{\"nonsense\": 1}", "apply")]
    [InlineData("{Q}", "{\"nonsense\": 1, \"tables\": [{\"table\": \"q\", \"key\": \"k\", \"columns\": {\"k\": \"text\"}}]}", "queue")]
    [InlineData("{Q}", "{\"tables\": [{\"nonsense\": 1, \"table\": \"q\", \"key\": \"k\", \"columns\": {\"k\": \"text\"}}]}", "queueTable")]
    [InlineData("{W}", "{\"nonsense\": 1}", "walBudget")]
    [InlineData("{V}", "{\"nonsense\": 1}", "verify")]
    public void Schema_and_reader_know_the_same_settings(string place, string unknown, string definition)
    {
        var json = new[] { "{N}", "{A}", "{W}", "{V}" }.Aggregate(File.Replace(place, unknown, StringComparison.Ordinal),
            static (text, each) => text.Replace(each, "{}", StringComparison.Ordinal)).Replace("\"queue\": {Q}, ", "", StringComparison.Ordinal);
        foreach (var each in (string[])[" T}", " S}", " R}"])
        {
            json = json.Replace(each, "}", StringComparison.Ordinal);
        }

        var error = Assert.Throws<SyncException>(() => SyncConfigurationReader.Read(Encoding.UTF8.GetBytes(json), static _ => null));
        Assert.StartsWith("known there: ", error.Hint, StringComparison.Ordinal);
        using var schema = JsonDocument.Parse(System.IO.File.ReadAllText(
            Checkout.Combine("docs/reference/sync.schema.json")));
        var known = definition.Length == 0 ? schema.RootElement : schema.RootElement.GetProperty("$defs").GetProperty(definition);
        Assert.Equal(error.Hint!["known there: ".Length..], string.Join(", ", known.GetProperty("properties").EnumerateObject()
            .Select(static one => one.Name).Where(static name => name[0] != '$').Order(StringComparer.Ordinal)));
    }
}
