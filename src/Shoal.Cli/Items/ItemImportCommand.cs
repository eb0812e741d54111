using System.CommandLine;
using System.Text;
using Shoal.Cli.Output;
using Shoal.Cli.Targets;
using Shoal.Engine.Transfer;
using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary><c>shoal items import</c>: puts the items of a file of JSON lines or CSV.</summary>
internal static class ItemImportCommand
{
    private const int ProgressItems = 1000;

    public static CliCommand Create(CliApplication application, ItemsOptions options)
    {
        var table = ItemsOptions.Table();
        var file = new Argument<string>("FILE") { Description = "File to import." };
        var format = Format();
        var typed = ItemCommands.Typed();
        var json = new Option<string[]>("--as-json")
        {
            Description = "Column of CSV whose fields are JSON: numbers, truths, lists; may be repeated. Others are text.",
            HelpName = "COLUMN",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = options.AddTo(new CliCommand("import", "Put the items of a file of JSON lines or CSV into a table.",
            "items import sessions sessions.jsonl --data ./data",
            "items import people people.csv --as-json age --data ./data",
            "items import people export.json --format jsonl --typed --data ./data"));
        command.Add(table);
        command.Add(file);
        command.Add(format);
        command.Add(typed);
        command.Add(json);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var path = context.Console.FullPath(context.Required(file));
            if (!File.Exists(path))
            {
                throw new CliException($"there is no file {path}");
            }

            var isCsv = IsCsv(context.Arguments.GetValue(format), path);
            await using var folder = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await folder.FindAsync(context.Required(table), cancellationToken);
            var started = context.Console.Time.GetTimestamp();
            var bytes = new FileInfo(path).Length;
            var count = await TransferDisplay.RunAsync(context.Console, $"Importing {Path.GetFileName(path)}", bytes, async progress =>
            {
                var read = 0L;
                await using var stream = new ProgressStream(File.OpenRead(path), at => read = at);
                using var reader = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
                var items = isCsv ? ReadCsv(reader, found, context.Arguments.GetValue(json) ?? [])
                    : ReadLines(reader, context.Arguments.GetValue(typed));
                return await WriteAsync(folder.Store, found, items, written => progress.Report(new TransferProgress(read, written)), cancellationToken);
            });
            Report(context, found.Name, count, context.Console.Time.GetElapsedTime(started));
        });
    }

    internal static Option<string?> Format() => new("--format")
    {
        Description = "jsonl or csv; default by the file's extension.",
        HelpName = "FORMAT",
    };

    internal static bool IsCsv(string? format, string path) => (format ?? Path.GetExtension(path).TrimStart('.')) switch
    {
        "csv" => true,
        "jsonl" or "ndjson" => false,
        var other => throw CliException.Usage(format is null ? $"the format of {Path.GetFileName(path)} is not known by its extension"
            : $"\"{other}\" is no format", "give --format jsonl or --format csv"),
    };

    private static IEnumerable<(int Line, Item Item)> ReadLines(StreamReader reader, bool typed)
    {
        for (var line = 1; reader.ReadLine() is { } text; line++)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                yield return (line, At(line, () => ItemText.Parse(text, typed)));
            }
        }
    }

    private static IEnumerable<(int Line, Item Item)> ReadCsv(StreamReader reader, ItemTable table, IReadOnlyList<string> json)
    {
        List<string>? names = null;
        foreach (var (line, fields) in CsvText.Read(reader))
        {
            if (names is null)
            {
                names = fields;
                if (json.FirstOrDefault(column => !fields.Contains(column, StringComparer.Ordinal)) is { } missing)
                {
                    throw CliException.Usage($"the file has no column \"{missing}\"", $"its columns are {string.Join(", ", fields)}");
                }

                continue;
            }

            if (fields.Count != names.Count)
            {
                throw new CliException($"line {line} has {fields.Count} fields, and the first line {names.Count}",
                    "put fields that hold commas or line ends in quotes");
            }

            yield return (line, At(line, () => ItemOf(names, fields, table, json)));
        }
    }

    /// <summary>The item of a record. An empty field is no attribute.</summary>
    private static Item ItemOf(List<string> names, List<string> fields, ItemTable table, IReadOnlyList<string> json)
    {
        var item = new Item();
        for (var index = 0; index < names.Count; index++)
        {
            if (fields[index].Length > 0)
            {
                var key = table.Key.Attributes.FirstOrDefault(key => key.Name == names[index]);
                item[names[index]] = key is not null ? ItemText.Value(key, fields[index])
                    : json.Contains(names[index], StringComparer.Ordinal) ? ItemJson.Parse(fields[index])
                    : AttributeValue.Text(fields[index]);
            }
        }

        return item;
    }

    /// <summary>Writes in batches. An item whose key is in the batch already waits for the next, so that the last one counts.</summary>
    private static async Task<long> WriteAsync(ItemStore store, ItemTable table, IEnumerable<(int Line, Item Item)> items, Action<long> report,
        CancellationToken cancellationToken)
    {
        var batch = new BatchWriteRequest();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var (first, last, written) = (0, 0, 0L);
        foreach (var (line, item) in items)
        {
            var key = new Item();
            foreach (var part in table.Key.Attributes)
            {
                key[part.Name] = item.GetValueOrDefault(part.Name) ?? throw new CliException(
                    $"line {line}: the item has no {part.Name}, which is part of the key; {Units.Count(written)} items before it are imported",
                    "correct the line and import the file again: what is there already is put again");
            }

            var name = AttributeValue.Map(key).ToString();
            if (batch.Count == ItemLimits.BatchWriteMax || !keys.Add(name))
            {
                await FlushAsync();
                keys.Add(name);
            }

            first = batch.Count == 0 ? line : first;
            last = line;
            batch.Put(table.Name, item);
        }

        if (batch.Count > 0)
        {
            await FlushAsync();
        }

        return written;

        async Task FlushAsync()
        {
            var summary = await store.BatchWriteAutoAsync(batch, cancellationToken);
            if (summary.FailedBatches > 0)
            {
                var error = summary.Failures[0].Error;
                throw new CliException(
                    $"lines {first} to {last}: {error.Message}; {Units.Count(written)} items before them are imported", error.Hint, error);
            }

            if (written / ProgressItems != (written + batch.Count) / ProgressItems)
            {
                report(written + batch.Count);
            }

            written += batch.Count;
            batch = new BatchWriteRequest();
            keys.Clear();
        }
    }

    private static Item At(int line, Func<Item> parse)
    {
        try
        {
            return parse();
        }
        catch (ItemException error)
        {
            throw new CliException($"line {line}: {error.Message}", error.Hint, error);
        }
        catch (CliException error)
        {
            throw new CliException($"line {line}: {error.Message}", error.Hint, error);
        }
    }

    private static void Report(CommandContext context, string table, long count, TimeSpan elapsed)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("table", table);
                writer.WriteNumber("items", count);
                writer.WriteNumber("seconds", elapsed.TotalSeconds);
                writer.WriteEndObject();
            });
            return;
        }

        context.Console.Out.WriteLine(
            $"Imported {Units.Count(count)} items into {table} in {Units.Duration(elapsed)} ({Units.PerSecond(count, elapsed)} items/s).");
    }
}
