using System.CommandLine;
using System.Text;
using Shoal.Cli.Output;
using Shoal.Cli.Targets;
using Shoal.Engine.Transfer;
using Shoal.Items;
using Shoal.Items.Tables;
using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary><c>shoal items import</c>: puts the items of a file of JSON lines or CSV.</summary>
internal static class ItemImportCommand
{
    private const int ProgressItems = 1000;

    /// <summary>Refuses bytes that are no UTF-8.</summary>
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static CliCommand Create(CliApplication application, ItemsOptions options)
    {
        var table = ItemsOptions.Table();
        var file = new Argument<string?>("FILE")
        {
            Description = "File to import; default standard input.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var format = Format();
        var plain = ItemCommands.Plain();
        var json = new Option<string[]>("--as-json")
        {
            Description = "Column of CSV whose fields are JSON: numbers, truths, lists; may be repeated. Others are text.",
            HelpName = "COLUMN",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = options.AddTo(new CliCommand("import", "Put the items of a file of JSON lines or CSV into a table.",
            "items import carts carts.jsonl",
            "items import people people.csv --as-json age",
            "items import sessions sessions.jsonl --plain --data ./data"));
        command.Add(table);
        command.Add(file);
        command.Add(format);
        command.Add(plain);
        command.Add(json);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var path = context.Arguments.GetValue(file) is { } name and not "-" ? context.Console.FullPath(name) : null;
            if (path is not null && !File.Exists(path))
            {
                throw new CliException($"there is no file {path}");
            }

            var isCsv = IsCsv(context.Arguments.GetValue(format), path);
            await using var target = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await target.FindTableAsync(context.Required(table), cancellationToken);
            var started = context.Console.Time.GetTimestamp();
            var count = await TransferDisplay.RunAsync(context.Console, $"Importing {Path.GetFileName(path) ?? "standard input"}",
                path is null ? null : new FileInfo(path).Length, async progress =>
                {
                    var read = 0L;
                    using var opened = path is null ? null : new StreamReader(
                        new ProgressStream(File.OpenRead(path), at => read = at), Strict);
                    var reader = opened ?? context.Console.In;
                    var items = isCsv ? ReadCsv(reader, found, context.Arguments.GetValue(json) ?? [])
                        : ReadLines(reader, context.Arguments.GetValue(plain));
                    return await WriteAsync(target, found, items, written =>
                        progress.Report(new TransferProgress(read, written)), cancellationToken);
                });
            Report(context, found.Name, count, context.Console.Time.GetElapsedTime(started));
        });
    }

    internal static Option<string?> Format() => new("--format")
    {
        Description = "jsonl or csv; default by the file's extension.",
        HelpName = "FORMAT",
    };

    internal static bool IsCsv(string? format, string? path) => (format ?? Path.GetExtension(path ?? ".jsonl").TrimStart('.')) switch
    {
        "csv" => true,
        "jsonl" or "ndjson" => false,
        var other => throw CliException.Usage(format is null ? $"the format of {Path.GetFileName(path)} is not known by its extension"
            : $"\"{other}\" is no format", "give --format jsonl or --format csv"),
    };

    private static IEnumerable<(int Line, Item Item)> ReadLines(TextReader reader, bool plain)
    {
        for (var line = 1; reader.ReadLine() is { } text; line++)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                yield return (line, At(line, () => ItemText.Parse(text, plain)));
            }
        }
    }

    private static IEnumerable<(int Line, Item Item)> ReadCsv(TextReader reader, ItemTable table, IReadOnlyList<string> json)
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
    private static async Task<long> WriteAsync(IItemsTarget target, ItemTable table, IEnumerable<(int Line, Item Item)> items,
        Action<long> report, CancellationToken cancellationToken)
    {
        var batch = new List<Item>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var (first, last, written) = (0, 0, 0L);
        foreach (var (line, item) in items)
        {
            var key = new Item();
            foreach (var part in table.Key.Attributes)
            {
                key[part.Name] = item.GetValueOrDefault(part.Name) ?? throw new CliException(
                    $"line {line}: the item has no {part.Name}, which is part of the key; "
                    + $"{Units.Count(written)} items before it are imported",
                    "correct the line and import the file again: what is there already is put again");
            }

            var text = AttributeValue.Map(key).ToString();
            if (batch.Count == ItemLimits.BatchWriteMax || !keys.Add(text))
            {
                await FlushAsync();
                keys.Add(text);
            }

            first = batch.Count == 0 ? line : first;
            last = line;
            batch.Add(item);
        }

        await FlushAsync();
        return written;

        async Task FlushAsync()
        {
            try
            {
                await target.PutAllAsync(table, batch, cancellationToken);
            }
            catch (CliException error)
            {
                throw new CliException(
                    $"lines {first} to {last}: {error.Message}; {Units.Count(written)} items before them are imported", error.Hint,
                        error);
            }

            if (written / ProgressItems != (written + batch.Count) / ProgressItems)
            {
                report(written + batch.Count);
            }

            written += batch.Count;
            batch.Clear();
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
