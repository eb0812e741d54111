using System.Text;
using Shoal.Sync.Configuration;

namespace Shoal.Sync.Tests.Configuration;

public sealed class SyncConfigurationReaderTests
{
    private const string Usual = """
        {"sources": [{"name": "main", "connection": "${PG_URL}",
          "tables": [{"table": "products", "route": {"column": "tenant_id"}}]}]}
        """;

    [Fact]
    public void The_environment_fills_in_what_must_not_stand_in_a_file()
    {
        var source = Read(Usual, "postgresql://me:p%40ss@db.example:6000/shop?sslmode=require").Sources[0];
        Assert.Contains("Password=p@ss", source.Connection, StringComparison.Ordinal);
        Assert.Contains("Port=6000", source.Connection, StringComparison.Ordinal);
        Assert.Equal(("shoal_main", "shoal_main", "sync-main", "tenant-7"),
            (source.Slot, source.Publication, source.StateDatabase, source.DatabaseOf("7")));
        Assert.Equal("public.products", source.Tables[0].FullName);
    }

    [Theory]
    [InlineData("\"tables\"", "\"table\"", "tables")]
    [InlineData("\"route\"", "\"rout\"", "route")]
    [InlineData("\"name\": \"main\"", "\"name\": \"Not Good\"", "name")]
    [InlineData("\"name\": \"main\",", "\"name\": \"main\", \"slots\": 1,", "unknown setting \"slots\"")]
    [InlineData("\"name\": \"main\",", "\"name\": \"main\", \"tenants\": {\"database\": \"all\"},", "{tenant}")]
    [InlineData("\"name\": \"main\",", "\"name\": \"main\", \"apply\": {\"workers\": 0},", "workers")]
    [InlineData("\"name\": \"main\",", "\"name\": \"main\", \"apply\": {\"statusInterval\": \"1 day\"},", "statusInterval")]
    [InlineData("\"name\": \"main\",", "\"name\": \"main\", \"walBudget\": {\"size\": \"10\"},", "walBudget.size must be a size")]
    [InlineData("\"name\": \"main\",", "\"name\": \"main\", \"walBudget\": {\"onExhausted\": \"drop\"},", "dropSlotAndResync")]
    [InlineData("${PG_URL}", "${NOPE}", "NOPE")]
    public void What_is_wrong_is_named(string good, string bad, string named)
    {
        Assert.Contains(good, Usual, StringComparison.Ordinal);
        var error = Assert.Throws<SyncException>(() => Read(Usual.Replace(good, bad, StringComparison.Ordinal), "Host=x;Password=secret"));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void A_connection_that_is_none_is_not_repeated()
    {
        var error = Assert.Throws<SyncException>(() => Read(Usual, "secret;=;"));
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    private static SyncConfiguration Read(string json, string connection) =>
        SyncConfigurationReader.Read(Encoding.UTF8.GetBytes(json), name => name == "PG_URL" ? connection : null);
}
