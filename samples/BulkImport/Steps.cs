using Shoal.Client;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;

namespace Shoal.Samples.BulkImport;

/// <summary>The same import, step by step faster. docs/guides/from-per-row-to-batched.md follows it.</summary>
internal static class Steps
{
    private static readonly TableMap<Character> Map = new TableMap<Character>("characters")
        .Key("codepoint", c => c.Codepoint)
        .Column("name", c => c.Name)
        .Column("category", c => c.Category);

    public static async Task RowByRowAsync(Database unicode, IReadOnlyList<Character> characters)
    {
        var insert = unicode.Prepare("INSERT INTO characters(codepoint, name, category) VALUES (?, ?, ?)");
        foreach (var c in characters)
        {
#pragma warning disable SHOAL001 // The first step is the one to get away from.
            await insert.Bind(c.Codepoint, c.Name, c.Category).RunAsync();
#pragma warning restore SHOAL001
        }
    }

    public static async Task BatchesAsync(Database unicode, IReadOnlyList<Character> characters)
    {
        var insert = unicode.Prepare("INSERT INTO characters(codepoint, name, category) VALUES (?, ?, ?)");
        foreach (var chunk in characters.Chunk(100))
        {
            await unicode.BatchAsync([.. chunk.Select(c => insert.Bind(c.Codepoint, c.Name, c.Category))]);
        }
    }

    public static async Task MultiRowAsync(Database unicode, IReadOnlyList<Character> characters)
    {
        foreach (var chunk in characters.Chunk(100 / 3))
        {
            var rows = string.Join(", ", chunk.Select(_ => "(?, ?, ?)"));
            await unicode.Prepare("INSERT INTO characters(codepoint, name, category) VALUES " + rows)
                .Bind([.. chunk.SelectMany(c => new SqlValue[] { c.Codepoint, c.Name, c.Category })])
                .RunAsync();
        }
    }

    public static async Task BulkAsync(Database unicode, IEnumerable<Character> characters)
    {
        var report = await unicode.InsertManyAsync(Map, characters);
        Require(report.Rejected == 0, "rows were refused");
    }

    public static async Task BufferAsync(Database unicode, IEnumerable<Character> characters)
    {
        await using var buffer = new WriteBuffer<Character>(unicode, Map, WriteMode.Insert);
        foreach (var c in characters)
        {
            await buffer.AddAsync(c);
        }

        var report = await buffer.FlushAsync();
        Require(report.IsComplete, "rows were refused");
    }

    private static void Require(bool isTrue, string otherwise)
    {
        if (!isTrue)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
