using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Shoal.Cli.Output;
using Shoal.Engine.Transfer;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary><c>shoal items export</c>: writes the items of a table as JSON lines or CSV.</summary>
internal static class ItemExportCommand
{
    private static readonly JsonWriterOptions Lines = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static CliCommand Create(CliApplication application, ItemsOptions options)
    {
        var table = ItemsOptions.Table();
        var output = new Option<string>("--output", "-o")
        {
            Description = "File to write; default standard output.",
            HelpName = "FILE",
            DefaultValueFactory = static _ => "-",
        };
        var format = ItemImportCommand.Format();
        var plain = ItemCommands.Plain();
        var force = new Option<bool>("--force") { Description = "Replace the file when it exists." };
        var command = options.AddTo(new CliCommand("export", "Write the items of a table as JSON lines or CSV.",
            "items export carts > carts.jsonl",
            "items export carts --output carts.csv",
            "items export carts --output carts.jsonl --plain --data ./data"));
        command.Add(table);
        foreach (var option in (IEnumerable<Option>)[output, format, plain, force])
        {
            command.Add(option);
        }

        return application.Bind(command, async (context, cancellationToken) =>
        {
            var file = context.Required(output);
            var toStandardOutput = file == "-";
            var path = context.Console.FullPath(file);
            var isCsv = ItemImportCommand.IsCsv(context.Arguments.GetValue(format), toStandardOutput ? null : path);
            var isPlain = context.Arguments.GetValue(plain);
            if (!toStandardOutput && !context.Arguments.GetValue(force) && File.Exists(path))
            {
                throw new CliException($"{file} exists", "add --force to replace it");
            }

            await using var target = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await target.FindTableAsync(context.Required(table), cancellationToken);
            if (toStandardOutput)
            {
                await using var stream = context.Console.OpenOutputStream();
                await WriteAsync(target, found, stream, isCsv, isPlain, static _ => { }, cancellationToken);
                return;
            }

            await ToFileAsync(context, target, found, path, isCsv, isPlain, cancellationToken);
        });
    }

    // The file appears under its name only when it is complete.
    private static async Task ToFileAsync(CommandContext context, IItemsTarget target, ItemTable table, string path, bool isCsv,
        bool isPlain,
        CancellationToken cancellationToken)
    {
        var partial = $"{path}.partial-{Environment.ProcessId}";
        var started = context.Console.Time.GetTimestamp();
        try
        {
            var count = await TransferDisplay.RunAsync(context.Console, $"Exporting {table.Name}", totalBytes: null, async progress =>
            {
                await using var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write);
                return await WriteAsync(target, table, stream, isCsv, isPlain, progress.Report, cancellationToken);
            });
            File.Move(partial, path, overwrite: true);
            Report(context, table.Name, path, count, context.Console.Time.GetElapsedTime(started));
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task<long> WriteAsync(IItemsTarget target, ItemTable table, Stream stream, bool isCsv, bool isPlain,
        Action<TransferProgress> report, CancellationToken cancellationToken)
    {
        var columns = isCsv ? await ReadColumnsAsync(target, table, cancellationToken) : [];
        await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: -1,
            leaveOpen: true);
        if (isCsv)
        {
            await writer.WriteAsync(string.Join(',', columns.Select(CsvText.Escape)) + "\r\n");
        }

        var count = 0L;
        await foreach (var page in PagesAsync(target, table, cancellationToken))
        {
            foreach (var item in page)
            {
                await writer.WriteAsync(isCsv ? Record(columns, item) : Line(item, isPlain));
            }

            count += page.Count;
            report(new TransferProgress(stream.CanSeek ? stream.Position : 0, count));
        }

        await writer.FlushAsync(cancellationToken);
        return count;
    }

    /// <summary>The names of all attributes, those of the key first. Cost: reads the table.</summary>
    private static async Task<List<string>> ReadColumnsAsync(IItemsTarget target, ItemTable table, CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var page in PagesAsync(target, table, cancellationToken))
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

    private static async IAsyncEnumerable<IReadOnlyList<Item>> PagesAsync(IItemsTarget target, ItemTable table,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Item? start = null;
        do
        {
            var page = await target.ReadAsync(new QueryRequest { Table = table.Name, StartKey = start }, cancellationToken);
            yield return page.Items;
            start = page.LastKey;
        }
        while (start is not null);
    }

    private static string Record(List<string> columns, Item item) =>
        string.Join(',', columns.Select(name => item.TryGetValue(name, out var value) ? CsvText.Escape(ItemText.Cell(value)) : ""))
            + "\r\n";

    private static string Line(Item item, bool isPlain)
    {
        if (isPlain && !ItemJson.IsLossless(AttributeValue.Map(item)))
        {
            throw new CliException("an item has bytes or a set, which plain JSON cannot tell from text and lists",
                "drop --plain to write DynamoDB's JSON, which `shoal items import` reads");
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Lines))
        {
            ItemText.Write(writer, item, isPlain);
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
