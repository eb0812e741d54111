using System.Globalization;
using Spectre.Console;

namespace Shoal.Cli.Output;

/// <summary>Rows with column names: a table on a terminal, tab-separated lines elsewhere.</summary>
internal static class RowsOutput
{
    // Past this a drawn table only scrolls by, and measuring its columns holds everything in memory twice.
    private const int TableRowsMax = 1_000;

    // A terminal line holds little of a long value; --json and a pipe show all of it.
    private const int TableCellCharactersMax = 200;

    public static void Write(CliConsole console, IReadOnlyList<string> columns, IEnumerable<object?[]> rows)
    {
        if (console.OutIsTerminal && rows.ToList() is { Count: <= TableRowsMax } list)
        {
            WriteTable(console, columns, list);
            return;
        }

        console.Out.WriteLine(string.Join('\t', columns.Select(Escape)));
        foreach (var row in rows)
        {
            console.Out.WriteLine(string.Join('\t', row.Select(value => Escape(Text(value)))));
        }
    }

    private static void WriteTable(CliConsole console, IReadOnlyList<string> columns, List<object?[]> rows)
    {
        var table = new Table { Border = TableBorder.Rounded };
        for (var index = 0; index < columns.Count; index++)
        {
            var numeric = rows.Exists(row => row[index] is long or double)
                && rows.TrueForAll(row => row[index] is null or long or double);
            table.AddColumn(new TableColumn(new Text(columns[index], new Style(decoration: Decoration.Bold)))
            {
                Alignment = numeric ? Justify.Right : Justify.Left,
            });
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(value => value is null ? new Text("NULL", new Style(decoration: Decoration.Dim))
                : new Text(Shorten(Text(value)))));
        }

        var terminal = Terminal.Create(console, console.Out);
        terminal.Write(table);
    }

    public static string Text(object? value) => value switch
    {
        null => "NULL",
        long integer => integer.ToString(CultureInfo.InvariantCulture),
        double real => real.ToString("R", CultureInfo.InvariantCulture),
        byte[] bytes => $"x'{Convert.ToHexStringLower(bytes)}'",
        _ => (string)value,
    };

    // One row stays one line, as in PostgreSQL's COPY text format.
    private static string Escape(string text) =>
        text.AsSpan().IndexOfAny("\\\t\n\r") < 0
            ? text
            : text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);

    private static string Shorten(string text) =>
        text.Length <= TableCellCharactersMax ? text : string.Concat(text.AsSpan(0, TableCellCharactersMax), "…");
}
