using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Shoal.Cli.Configuration;
using Shoal.Cli.Databases;
using Shoal.Cli.Output;
using Shoal.Cli.Targets;
using Shoal.Engine.Usage;

namespace Shoal.Cli.Usage;

/// <summary><c>shoal usage</c>: who reads and writes how much.</summary>
internal static class UsageCommand
{
    private const int StatementCharactersMax = 80;

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var which = new UsageOptions("24h");
        var by = new Option<string?>("--by")
        {
            Description = "What rows are told apart by: database, statement, token or time. Default: database; with NAME, statement.",
            HelpName = "WHAT",
        };
        var limit = new Option<int>("--limit") { Description = "Most rows.", DefaultValueFactory = _ => 20, HelpName = "N" };
        var command = options.AddTo(new CliCommand("usage", "Show what databases, statements and tokens cost.",
            "usage", "usage app --last 7d", "usage --by token", "usage app --by time --from 2026-11-01 --json"));
        which.AddTo(command);
        command.Add(by);
        command.Add(limit);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var period = UsagePeriod.Read(context, which.Last, which.From, which.To);
            var name = context.Arguments.GetValue(which.Name);
            var most = context.Arguments.GetValue(limit);
            if (most < 1)
            {
                throw CliException.Usage($"{most} is not valid for --limit", "it is a whole number from 1 on");
            }

            var grouping = Grouping(context.Arguments.GetValue(by) ?? (name is null ? "database" : "statement"));
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = name is null ? null : await DatabaseCommands.FindAsync(target, name, cancellationToken);
            var report = await target.ReadUsageAsync(period, grouping, database, cancellationToken);
            var rows = Ordered(report.Rows, grouping).Take(most).ToList();
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer => Write(writer, period, report, rows));
                return;
            }

            Write(context.Console, grouping, rows);
            var total = report.Total;
            context.Console.Note($"{period}: {Units.Count(total.Count)} {(grouping == UsageGrouping.Statement ? "runs" : "requests")}, "
                + $"{Units.Count(total.RowsRead)} rows read, {Units.Count(total.RowsWritten)} written"
                + (rows.Count < report.Rows.Count ? $"; {Units.Count(report.Rows.Count - rows.Count)} rows left out, see --limit" : ""));
        });
    }

    private static IEnumerable<UsageRow> Ordered(IReadOnlyList<UsageRow> rows, UsageGrouping by) =>
        by == UsageGrouping.Bucket ? rows.OrderByDescending(row => row.Bucket) : rows;

    private static UsageGrouping Grouping(string by) => by switch
    {
        "database" => UsageGrouping.Database,
        "statement" => UsageGrouping.Statement,
        "token" => UsageGrouping.Token,
        "time" => UsageGrouping.Bucket,
        _ => throw CliException.Usage($"\"{by}\" is not valid for --by", "it is database, statement, token or time"),
    };

    private static void Write(CliConsole console, UsageGrouping by, List<UsageRow> rows)
    {
        string[] columns =
        [
            by.ToString().Replace(nameof(UsageGrouping.Bucket), "time", StringComparison.Ordinal).ToLowerInvariant(),
            by == UsageGrouping.Statement ? "runs" : "requests", "errors", "rows_read", "rows_written", "rows_returned", "sql_ms",
            .. by == UsageGrouping.Statement ? ["read_per_row"] : (string[])["reply_bytes"],
        ];
        RowsOutput.Write(console, columns, rows.Select(row => (object?[])
        [
            Shorten(console, Label(row, by)), row.Sums.Count, row.Sums.Errors, row.Sums.RowsRead, row.Sums.RowsWritten,
            row.Sums.RowsReturned, Math.Round(row.Sums.SqlTime.TotalMilliseconds, 1),
            by == UsageGrouping.Statement ? ReadPerRow(row.Sums) : row.Sums.ResponseBytes,
        ]));
    }

    private static double? ReadPerRow(in UsageSums sums) =>
        sums.RowsReturned + sums.Changes == 0 ? null : Math.Round(sums.RowsRead / (double)(sums.RowsReturned + sums.Changes), 1);

    private static string Label(UsageRow row, UsageGrouping by) => by switch
    {
        UsageGrouping.Database => row.DatabaseName + (row.IsDeleted ? " (deleted)" : ""),
        UsageGrouping.Token => $"{row.TokenName} ({row.TokenId})",
        UsageGrouping.Bucket => row.Bucket is { } bucket ? UsagePeriod.Text(bucket) : "",
        _ => row.Statement ?? "(other)",
    };

    private static string Shorten(CliConsole console, string text) =>
        !console.OutIsTerminal || text.Length <= StatementCharactersMax ? text : text[..(StatementCharactersMax - 1)] + "…";

    private static void Write(Utf8JsonWriter writer, UsagePeriod period, UsageReport report, List<UsageRow> rows)
    {
        writer.WriteStartObject();
        writer.WriteString("from", period.From);
        writer.WriteString("to", period.To);
        writer.WriteNumber("storage_bytes_average", Math.Round(report.StorageBytesAverage));
        writer.WriteStartArray("rows");
        foreach (var row in rows)
        {
            writer.WriteStartObject();
            WriteText(writer, "database", row.DatabaseName);
            WriteText(writer, "database_id", row.Database?.ToString());
            WriteText(writer, "token", row.TokenName);
            WriteText(writer, "token_id", row.TokenId);
            WriteText(writer, "statement", row.Statement);
            WriteText(writer, "statement_id", row.StatementId);
            WriteText(writer, "time", row.Bucket?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            WriteSums(writer, row.Sums);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void WriteSums(Utf8JsonWriter writer, in UsageSums sums)
    {
        writer.WriteNumber("count", sums.Count);
        writer.WriteNumber("errors", sums.Errors);
        writer.WriteNumber("reads", sums.Reads);
        writer.WriteNumber("writes", sums.Writes);
        writer.WriteNumber("rows_read", sums.RowsRead);
        writer.WriteNumber("rows_written", sums.RowsWritten);
        writer.WriteNumber("rows_returned", sums.RowsReturned);
        writer.WriteNumber("changes", sums.Changes);
        writer.WriteNumber("response_bytes", sums.ResponseBytes);
        writer.WriteNumber("sql_ms", sums.SqlTime.TotalMilliseconds);
        writer.WriteNumber("time_ms", sums.Time.TotalMilliseconds);
    }
}
