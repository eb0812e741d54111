using System.Globalization;

namespace Shoal.Cli.Demo;

/// <summary>The database of Unicode's characters, with a full-text index over their names.</summary>
/// <remarks>Source: Unicode Standard Annex #44, "UnicodeData.txt" and "Blocks.txt".</remarks>
internal static class UnicodeCharacters
{
    private const string Schema = """
        CREATE TABLE categories (code TEXT PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE blocks (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, name TEXT NOT NULL);
        CREATE TABLE ranges (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, name TEXT NOT NULL, category TEXT NOT NULL);
        CREATE TABLE characters (
          codepoint INTEGER PRIMARY KEY, character TEXT, name TEXT NOT NULL, old_name TEXT,
          category TEXT NOT NULL REFERENCES categories(code), block INTEGER REFERENCES blocks(first),
          combining_class INTEGER NOT NULL, bidi_class TEXT NOT NULL, decomposition TEXT, numeric_value TEXT,
          uppercase INTEGER, lowercase INTEGER, titlecase INTEGER
        );
        CREATE INDEX characters_by_category ON characters(category);
        CREATE INDEX characters_by_block ON characters(block);
        CREATE VIRTUAL TABLE character_names USING fts5(name, old_name, content = 'characters', content_rowid = 'codepoint');
        """;

    private const string Finish = "INSERT INTO character_names(character_names) VALUES ('rebuild');";

    public static DemoDatabase Read()
    {
        var blocks = ReadBlocks();
        var characters = new TableRows("characters", "codepoint", "character", "name", "old_name", "category", "block",
            "combining_class", "bidi_class", "decomposition", "numeric_value", "uppercase", "lowercase", "titlecase");
        var ranges = new TableRows("ranges", "first", "last", "name", "category");
        string[]? rangeStart = null;
        foreach (var line in File.ReadLines(DemoSources.UnicodePath("UnicodeData.txt")))
        {
            var fields = line.Split(';');
            if (fields.Length != 15)
            {
                throw new CliException($"UnicodeData.txt has a line of {fields.Length} fields instead of 15: {line}",
                    "apt-get install --reinstall unicode-data");
            }

            // Ideographs, Hangul and private use are listed as a first and a last line only.
            if (fields[1].EndsWith(", First>", StringComparison.Ordinal))
            {
                rangeStart = fields;
            }
            else if (fields[1].EndsWith(", Last>", StringComparison.Ordinal))
            {
                ranges.Add(Hex(rangeStart![0]), Hex(fields[0]), fields[1][1..^", Last>".Length], fields[2]);
            }
            else
            {
                AddCharacter(characters, fields, blocks);
            }
        }

        var blockRows = new TableRows("blocks", "first", "last", "name");
        foreach (var (first, last, name) in blocks)
        {
            blockRows.Add(first, last, name);
        }

        return new DemoDatabase("unicode", Schema, [ReadCategories(), blockRows, ranges, characters], Finish);
    }

    private static void AddCharacter(TableRows rows, string[] fields, List<(int First, int Last, string Name)> blocks)
    {
        var codepoint = Hex(fields[0])!.Value;

        // A control character says nothing to a reader, and NUL would end the text.
        var character = fields[2] is "Cc" or "Cs" ? null : char.ConvertFromUtf32(codepoint);
        rows.Add(codepoint, character, fields[1], Empty(fields[10]), fields[2], BlockOf(codepoint, blocks),
            int.Parse(fields[3], CultureInfo.InvariantCulture), fields[4], Empty(fields[5]), Empty(fields[8]),
            Hex(fields[12]), Hex(fields[13]), Hex(fields[14]));
    }

    // "0000..007F; Basic Latin", in order.
    private static List<(int First, int Last, string Name)> ReadBlocks()
    {
        var blocks = new List<(int First, int Last, string Name)>();
        foreach (var line in File.ReadLines(DemoSources.UnicodePath("Blocks.txt")))
        {
            var semicolon = line.IndexOf(';', StringComparison.Ordinal);
            if (semicolon > 0 && line[0] != '#')
            {
                var ends = line[..semicolon].Split("..");
                blocks.Add((Hex(ends[0])!.Value, Hex(ends[1])!.Value, line[(semicolon + 1)..].Trim()));
            }
        }

        return blocks;
    }

    // "gc ; Lu ; Uppercase_Letter"
    private static TableRows ReadCategories()
    {
        var rows = new TableRows("categories", "code", "name");
        foreach (var line in File.ReadLines(DemoSources.UnicodePath("PropertyValueAliases.txt")))
        {
            if (line.StartsWith("gc ;", StringComparison.Ordinal))
            {
                var fields = line.Split('#')[0].Split(';', StringSplitOptions.TrimEntries);
                rows.Add(fields[1], fields[2].Replace('_', ' '));
            }
        }

        return rows;
    }

    private static int? BlockOf(int codepoint, List<(int First, int Last, string Name)> blocks)
    {
        var index = blocks.BinarySearch((codepoint, 0, ""),
            Comparer<(int First, int Last, string Name)>.Create((left, right) => left.First.CompareTo(right.First)));
        var block = index >= 0 ? index : ~index - 1;
        return block >= 0 && codepoint <= blocks[block].Last ? blocks[block].First : null;
    }

    private static string? Empty(string text) => text.Length == 0 ? null : text;

    private static int? Hex(string text) =>
        text.Length == 0 ? null : int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
