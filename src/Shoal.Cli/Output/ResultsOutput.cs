using System.Text.Json;
using Shoal.Cli.Targets;

namespace Shoal.Cli.Output;

/// <summary>Results of statements: rows to standard output, what they cost to standard error.</summary>
internal static class ResultsOutput
{
    public static void Write(CommandContext context, IReadOnlyList<StatementResult> results)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartArray();
                foreach (var result in results)
                {
                    WriteJson(writer, result);
                }

                writer.WriteEndArray();
            });
            return;
        }

        foreach (var result in results)
        {
            if (result.Columns.Count > 0)
            {
                RowsOutput.Write(context.Console, result.Columns, result.Rows);
            }

            context.Console.Note(Footer(result));
        }
    }

    private static string Footer(StatementResult result)
    {
        var meta = result.Meta;
        var first = result.Columns.Count > 0 ? Plural(result.Rows.Count + result.RowsLeftOut, "row")
            : Plural(meta.Changes, "change");
        var footer = $"{first}, {Units.Duration(meta.Duration)}, {Plural(meta.RowsRead, "row")} read, "
            + $"{Units.Count(meta.RowsWritten)} written";
        return result.RowsLeftOut == 0 ? footer
            : footer + $"; the last {Plural(result.RowsLeftOut, "row")} left out: add a LIMIT, or use `shoal db export`";
    }

    // The shape of wrangler's `d1 execute --json`, so that scripts need not care which of the two they call.
    private static void WriteJson(Utf8JsonWriter writer, StatementResult result)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("results");
        foreach (var row in result.Rows)
        {
            writer.WriteStartObject();
            for (var index = 0; index < row.Length; index++)
            {
                if (IsLastOfItsName(result.Columns, index))
                {
                    writer.WritePropertyName(result.Columns[index]);
                    JsonOutput.WriteValue(writer, row[index]);
                }
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteBoolean("success", value: true);
        writer.WritePropertyName("meta");
        WriteMeta(writer, result.Meta);
        if (result.RowsLeftOut > 0)
        {
            writer.WriteNumber("rows_left_out", result.RowsLeftOut);
        }

        writer.WriteEndObject();
    }

    public static void WriteMeta(Utf8JsonWriter writer, in ResultMeta meta)
    {
        writer.WriteStartObject();
        writer.WriteNumber("duration", meta.Duration.TotalMilliseconds);
        writer.WriteNumber("changes", meta.Changes);
        writer.WriteNumber("last_row_id", meta.LastRowId);
        writer.WriteBoolean("changed_db", meta.ChangedDatabase);
        writer.WriteNumber("size_after", meta.SizeAfterBytes);
        writer.WriteNumber("rows_read", meta.RowsRead);
        writer.WriteNumber("rows_written", meta.RowsWritten);
        writer.WriteEndObject();
    }

    // An object cannot hold a name twice; D1 keeps the last value.
    private static bool IsLastOfItsName(IReadOnlyList<string> columns, int index)
    {
        for (var later = index + 1; later < columns.Count; later++)
        {
            if (columns[later] == columns[index])
            {
                return false;
            }
        }

        return true;
    }

    private static string Plural(long count, string noun) => $"{Units.Count(count)} {noun}{(count == 1 ? "" : "s")}";
}
