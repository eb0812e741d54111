using System.Text;
using Shoal.Engine.Transfer;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Transfer;

/// <summary>Full-text tables that keep no rows of their own are exported and imported.</summary>
public sealed class FullTextTransferTests
{
    private const string Rows = "INSERT INTO t VALUES (3, 'a shoal of fish'), (5, 'a flock of birds');";

    [Theory]
    [InlineData("CREATE VIRTUAL TABLE fts USING fts5(body, content='t', content_rowid='id')")]
    [InlineData("CREATE VIRTUAL TABLE \"fts\"\n\tUSING /* its ( */ FTS5\r\n(\n  body,\n  content = T,\n  content_rowid=id\n)")]
    [InlineData("CREATE VIRTUAL TABLE [fts]USING\n\"fts5\"(body, content=[t], content_rowid = \"id\")")]
    public async Task A_full_text_table_is_rebuilt_when_its_content_is_there(string create)
    {
        await using var fixture = await EngineFixture.StartAsync();
        await ImportAsync(fixture, fixture.Id, $"""
            {create};
            CREATE TABLE t(id INTEGER PRIMARY KEY, body);
            CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO fts(rowid, body) VALUES (new.id, new.body); END;
            {Rows}
            """);

        var copy = await CopyAsync(fixture, await ExportAsync(fixture, new ExportOptions()));
        await fixture.RunOnAsync(copy, "INSERT INTO t VALUES (7, 'another shoal')");

        Assert.Equal("3\n7", await fixture.RunOnAsync(copy, "SELECT rowid FROM fts WHERE fts MATCH 'shoal' ORDER BY rowid"));
        await fixture.RunOnAsync(copy, "INSERT INTO fts(fts, rank) VALUES ('integrity-check', 1)");
    }

    [Fact]
    public async Task The_content_of_a_full_text_table_may_be_a_view()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await ImportAsync(fixture, fixture.Id, $"""
            CREATE VIRTUAL TABLE fts USING fts5(body, content='v', content_rowid='id');
            CREATE TABLE t(id INTEGER PRIMARY KEY, body);
            CREATE VIEW v AS SELECT id, 'my ' || body AS body FROM t;
            {Rows}
            """);

        var copy = await CopyAsync(fixture, await ExportAsync(fixture, new ExportOptions()));

        Assert.Equal("3|my a shoal of fish", await fixture.RunOnAsync(copy, "SELECT rowid, body FROM fts WHERE fts MATCH 'my shoal'"));
    }

    [Fact]
    public async Task A_full_text_table_without_its_content_is_not_rebuilt()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await ImportAsync(fixture, fixture.Id, $"""
            CREATE TABLE t(id INTEGER PRIMARY KEY, body);
            CREATE VIRTUAL TABLE fts USING fts5(body, content='t', content_rowid='id');
            {Rows}
            """);

        var alone = await ExportAsync(fixture, new ExportOptions { Tables = ["fts"] });
        var both = await ExportAsync(fixture, new ExportOptions { Tables = ["fts", "t"] });

        Assert.EndsWith(
            "\n-- fts: not rebuilt, because t, which has its rows, is not part of this export", alone, StringComparison.Ordinal);
        Assert.EndsWith("\nINSERT INTO \"fts\"(\"fts\") VALUES('rebuild');", both, StringComparison.Ordinal);
        var copy = await CopyAsync(fixture, alone);
        Assert.Equal("1", await fixture.RunOnAsync(copy, "SELECT count(*) FROM sqlite_schema WHERE name = 'fts'"));
    }

    [Theory]
    [InlineData("CREATE VIRTUAL TABLE \"f\nts\" USING fts5(body, content='')")]
    [InlineData("CREATE VIRTUAL TABLE \"f\nts\"\nUSING\nfts5\n(\nbody,\ncontent = \"\"\n)")]
    public async Task A_contentless_full_text_table_is_exported_without_rows(string create)
    {
        await using var fixture = await EngineFixture.StartAsync();
        await ImportAsync(fixture, fixture.Id, $"""{create}; INSERT INTO "f{'\n'}ts"(rowid, body) VALUES (1, 'fish');""");

        var text = await ExportAsync(fixture, new ExportOptions());
        var copy = await CopyAsync(fixture, text);

        Assert.EndsWith("\n-- f ts: a contentless FTS5 table keeps no rows to export", text, StringComparison.Ordinal);
        Assert.DoesNotContain("INSERT", text, StringComparison.Ordinal);
        Assert.Equal("1", await fixture.RunOnAsync(copy, "SELECT count(*) FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%'"));
    }

    private static async Task<string> ExportAsync(EngineFixture fixture, ExportOptions options)
    {
        using var text = new MemoryStream();
        await fixture.Engine.ExportSqlAsync(fixture.Id, text, options);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static async Task<DatabaseId> CopyAsync(EngineFixture fixture, string text)
    {
        var copy = (await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("copy"))).Id;
        await ImportAsync(fixture, copy, text);
        return copy;
    }

    private static Task<ImportResult> ImportAsync(EngineFixture fixture, DatabaseId id, string sql) =>
        fixture.Engine.ImportSqlAsync(id, new MemoryStream(Encoding.UTF8.GetBytes(sql)));
}
