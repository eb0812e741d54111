using System.CommandLine;
using System.Globalization;
using Shoal.Cli.Configuration;
using Shoal.Cli.Databases;
using Shoal.Cli.Output;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Cli.Log;

/// <summary><c>shoal log dump</c>: the records of a data folder's commit log.</summary>
internal static class LogCommands
{
    /// <summary>Past this a terminal only scrolls by.</summary>
    private const int TerminalRecordsMax = 1_000;

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var log = new CliCommand("log", "Look at a data folder's commit log.", "log dump data");
        log.Add(CreateDump(application, options));
        return log;
    }

    private static CliCommand CreateDump(CliApplication application, TargetOptions options)
    {
        var data = new Argument<string>("DATA") { Description = "The data folder; no server may have it open." };
        var database = new Option<string?>("--database")
        {
            Description = "Only commits of this database, by name or id.",
            HelpName = "NAME",
        };
        var from = new Option<string?>("--from")
        {
            Description = "Only from this place on: a segment's number, or segment:offset.",
            HelpName = "POSITION",
        };
        var limit = new Option<int?>("--limit")
        {
            Description = $"At most so many records. Default: all of them; on a terminal {TerminalRecordsMax}.",
            HelpName = "COUNT",
        };
        var pages = new Option<bool>("--pages") { Description = "Show which pages each commit wrote." };
        var command = new CliCommand("dump",
            "Print every record of the log that can be found, also of a damaged one. Changes nothing.",
            "log dump data", "log dump data --database app --pages", "log dump data --from 3:4096 --limit 20 --json");
        command.Add(data);
        foreach (var option in (IEnumerable<Option>)[database, from, limit, pages, options.Json])
        {
            command.Add(option);
        }

        return application.Bind(command, (context, cancellationToken) =>
        {
            var folder = context.Console.FullPath(context.Required(data));
            var start = ParsePosition(context.Arguments.GetValue(from));
            var max = context.Arguments.GetValue(limit)
                ?? (context.Console.OutIsTerminal && !context.Json ? TerminalRecordsMax : int.MaxValue);
            if (max < 1)
            {
                throw CliException.Usage($"--limit {max} is no count", "give 1 or more");
            }

            var names = LogDump.ReadNames(folder);
            var only = FindDatabase(context.Arguments.GetValue(database), names);
            var showPages = context.Arguments.GetValue(pages);
            var records = LogDump.Read(folder, start, showPages)
                .Where(record => only is null || record.DatabaseId == only)
                .Take(max)
                .Select(record =>
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    return record;
                });
            if (context.Json)
            {
                WriteJson(context.Console, records, names, showPages);
            }
            else
            {
                WriteRows(context.Console, records, names, showPages);
            }

            return Task.CompletedTask;
        });
    }

    private static void WriteRows(CliConsole console, IEnumerable<LogDumpRecord> records,
        IReadOnlyDictionary<DatabaseId, string> names, bool showPages)
    {
        string[] columns = ["position", "kind", "database", "name", "commit", "time", "pages", "size", "bytes", "flags", "chain"];
        RowsOutput.Write(console, showPages ? [.. columns, "page numbers"] : columns, records.Select(record =>
        {
            object?[] cells =
            [
                record.Position, record.Kind, record.DatabaseId?.ToString() ?? "", NameOf(record, names) ?? "",
                record.DatabaseId is null ? "" : record.CommitNumber, DatabaseJson.Timestamp(record.Time), (long)record.PageCount,
                record.SizeAfterPages, (long)record.LengthBytes, Flags(record), record.Follows ? "ok" : "broken",
            ];
            return showPages ? [.. cells, string.Join(' ', record.Pages)] : cells;
        }));
    }

    private static void WriteJson(CliConsole console, IEnumerable<LogDumpRecord> records,
        IReadOnlyDictionary<DatabaseId, string> names, bool showPages)
    {
        foreach (var record in records)
        {
            JsonOutput.WriteLine(console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("position", record.Position);
                writer.WriteString("file", record.File);
                writer.WriteNumber("offset", record.OffsetBytes);
                writer.WriteString("kind", record.Kind);
                writer.WriteString("database", record.DatabaseId?.ToString());
                writer.WriteString("name", NameOf(record, names));
                writer.WriteNumber("commit", record.CommitNumber);
                writer.WriteString("time", record.Time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
                writer.WriteNumber("pages", record.PageCount);
                writer.WriteNumber("size_pages", record.SizeAfterPages);
                writer.WriteNumber("bytes", record.LengthBytes);
                writer.WriteBoolean("continues", record.Continues);
                writer.WriteBoolean("opened", record.Opened);
                writer.WriteString("durable", record.DurableKnown);
                writer.WriteString("recover_from", record.RecoverFrom);
                writer.WriteBoolean("chain_ok", record.Follows);
                if (showPages)
                {
                    writer.WriteStartArray("page_numbers");
                    foreach (var page in record.Pages)
                    {
                        writer.WriteNumberValue(page);
                    }

                    writer.WriteEndArray();
                }

                writer.WriteEndObject();
            });
        }
    }

    private static string Flags(LogDumpRecord record) => record.Continues ? "continues"
        : record.Opened ? "opened"
        : record.RecoverFrom is { } place ? $"recover from {place}"
        : "";

    private static string? NameOf(LogDumpRecord record, IReadOnlyDictionary<DatabaseId, string> names) =>
        record.DatabaseId is not { } id ? null
        : id.Value == Guid.Empty ? "(catalog)"
        : names.GetValueOrDefault(id);

    private static DatabaseId? FindDatabase(string? text, IReadOnlyDictionary<DatabaseId, string> names)
    {
        if (text is null)
        {
            return null;
        }

        if (DatabaseId.TryParse(text, out var id))
        {
            return id;
        }

        var found = names.Where(pair => pair.Value == text).Select(pair => pair.Key).ToArray();
        return found switch
        {
            [var one] => one,
            [] => throw new CliException($"the catalog has no database {text}",
                "give its id; commits of deleted databases stay in the log for a while"),
            _ => throw new CliException($"several accounts have a database {text}", "give its id"),
        };
    }

    private static (uint Segment, uint OffsetBytes)? ParsePosition(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var parts = text.Split(':');
        var offset = 0U;
        return parts.Length <= 2 && uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var segment)
            && (parts.Length == 1 || uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out offset))
            ? (segment, offset)
            : throw CliException.Usage($"--from {text} is no place in the log", "it is a segment's number, or segment:offset");
    }
}
