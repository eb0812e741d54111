using System.CommandLine;
using System.Text;
using System.Text.Json;
using Shoal.Cli.Output;
using Shoal.Engine.Transfer;
using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary><c>shoal items export</c>: writes the items of a table as JSON lines or CSV.</summary>
internal static class ItemExportCommand
{
    private static readonly JsonWriterOptions Lines = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static CliCommand Create(CliApplication application, ItemsOptions options)
    {
        var table = ItemsOptions.Table();
        var output = new Option<string>("--output", "-o")
        {
            Description = "File to write; - for standard output.",
            HelpName = "FILE",
            Required = true,
        };
        var format = ItemImportCommand.Format();
        var typed = ItemCommands.Typed();
        var force = new Option<bool>("--force") { Description = "Replace the file when it exists." };
        var command = options.AddTo(new CliCommand("export", "Write the items of a table as JSON lines or CSV.",
            "items export sessions --output sessions.jsonl --data ./data",
            "items export sessions --output sessions.jsonl --typed --data ./data",
            "items export people --output people.csv --data ./data"));
        command.Add(table);
        foreach (var option in (IEnumerable<Option>)[output, format, typed, force])
        {
            command.Add(option);
        }

        return application.Bind(command, async (context, cancellationToken) =>
        {
            var file = context.Required(output);
            var toStandardOutput = file == "-";
            var path = context.Console.FullPath(file);
            var isCsv = toStandardOutput && context.Arguments.GetValue(format) is null ? false
                : ItemImportCommand.IsCsv(context.Arguments.GetValue(format), path);
            var isTyped = context.Arguments.GetValue(typed);
            if (isCsv && isTyped)
            {
                throw CliException.Usage("CSV has no types", "drop --typed, or export to .jsonl");
            }

            if (!toStandardOutput && !context.Arguments.GetValue(force) && File.Exists(path))
            {
                throw new CliException($"{file} exists", "add --force to replace it");
            }

            await using var folder = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await folder.FindAsync(context.Required(table), cancellationToken);
            if (toStandardOutput)
            {
                await using var stream = context.Console.OpenOutputStream();
                await WriteAsync(folder.Store, found, stream, isCsv, isTyped, static _ => { }, cancellationToken);
                return;
            }

            await ToFileAsync(context, folder.Store, found, path, isCsv, isTyped, cancellationToken);
        });
    }

    // The file appears under its name only when it is complete.
    private static async Task ToFileAsync(CommandContext context, ItemStore store, ItemTable table, string path, bool isCsv, bool isTyped,
        CancellationToken cancellationToken)
    {
        var partial = $"{path}.partial-{Environment.ProcessId}";
        var started = context.Console.Time.GetTimestamp();
        try
        {
            var count = await TransferDisplay.RunAsync(context.Console, $"Exporting {table.Name}", totalBytes: null, async progress =>
            {
                await using var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write);
                return await WriteAsync(store, table, stream, isCsv, isTyped, progress.Report, cancellationToken);
            });
            File.Move(partial, path, overwrite: true);
            Report(context, table.Name, path, count, context.Console.Time.GetElapsedTime(started));
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task<long> WriteAsync(ItemStore store, ItemTable table, Stream stream, bool isCsv, bool isTyped,
        Action<TransferProgress> report, CancellationToken cancellationToken)
    {
        var columns = isCsv ? await ReadColumnsAsync(store, table, cancellationToken) : [];
        await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: -1, leaveOpen: true);
        if (isCsv)
        {
            await writer.WriteAsync(string.Join(',', columns.Select(CsvText.Escape)) + "\r\n");
        }

        var count = 0L;
        await foreach (var page in PagesAsync(store, table, cancellationToken))
        {
            foreach (var item in page)
            {
                await writer.WriteAsync(isCsv ? Record(columns, item) : Line(item, isTyped));
            }

            count += page.Count;
            report(new TransferProgress(stream.CanSeek ? stream.Position : 0, count));
        }

        await writer.FlushAsync(cancellationToken);
        return count;
    }

    /// <summary>The names of all attributes, those of the key first. Cost: reads the table.</summary>
    private static async Task<List<string>> ReadColumnsAsync(ItemStore store, ItemTable table, CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var page in PagesAsync(store, table, cancellationToken))
        {
            foreach (var item in page)
            {
                names.UnionWith(item.Keys);
            }
        }

        var keys = table.Key.Attributes.Select(static key => key.Name).ToList();
        names.ExceptWith(keys);
        return [.. keys, .. names];
    }

    private static async IAsyncEnumerable<IReadOnlyList<Item>> PagesAsync(ItemStore store, ItemTable table,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Item? start = null;
        do
        {
            var page = await store.ScanAsync(new QueryRequest { Table = table.Name, StartKey = start }, cancellationToken);
            yield return page.Items;
            start = page.LastKey;
        }
        while (start is not null);
    }

    private static string Record(List<string> columns, Item item) =>
        string.Join(',', columns.Select(name => item.TryGetValue(name, out var value) ? CsvText.Escape(ItemText.Cell(value)) : "")) + "\r\n";

    private static string Line(Item item, bool isTyped)
    {
        if (!isTyped && !ItemJson.IsLossless(AttributeValue.Map(item)))
        {
            throw new CliException("an item has bytes or a set, which plain JSON cannot tell from text and lists",
                "add --typed to write DynamoDB's JSON, which `shoal items import --typed` reads");
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Lines))
        {
            ItemText.Write(writer, item, isTyped);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)) + "\n";
    }

    private static void Report(CommandContext context, string table, string path, long count, TimeSpan elapsed)
    {
        var bytes = new FileInfo(path).Length;
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("table", table);
                writer.WriteString("file", path);
                writer.WriteNumber("items", count);
                writer.WriteNumber("bytes", bytes);
                writer.WriteNumber("seconds", elapsed.TotalSeconds);
                writer.WriteEndObject();
            });
            return;
        }

        context.Console.Out.WriteLine(
            $"Exported {Units.Count(count)} items of {table} to {path}: {Units.Bytes(bytes)} in {Units.Duration(elapsed)}.");
    }
}
