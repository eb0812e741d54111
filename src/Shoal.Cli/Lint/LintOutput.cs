using System.Text.Json;
using Shoal.Cli.Output;

namespace Shoal.Cli.Lint;

/// <summary>What was found, for a person or as JSON.</summary>
internal static class LintOutput
{
    private const int SourceCharactersMax = 160;

    public static void Write(CliConsole console, IReadOnlyList<LintFinding> findings, int fileCount, LintEstimate estimate)
    {
        var output = console.Out;
        foreach (var finding in findings)
        {
            output.WriteLine($"{finding.File}:{finding.Line}:{finding.Column}: {finding.Rule.Id}: {finding.Message}");
            WriteSource(output, finding);
            output.WriteLine($"  hint: {finding.Rule.Hint}");
            output.WriteLine();
        }

        var places = findings.Count == 1 ? "1 place" : $"{Units.Count(findings.Count)} places";
        var files = fileCount == 1 ? "1 file" : $"{Units.Count(fileCount)} files";
        if (findings.Count == 0)
        {
            output.WriteLine($"No writes row by row in {files}.");
            return;
        }

        var touched = findings.Select(static one => one.File).Distinct(StringComparer.Ordinal).Count();
        output.WriteLine($"{places} in {Units.Count(touched)} of {files}.");
        output.WriteLine($"Each, for {Units.Count(estimate.Rows)} rows at {Units.Duration(estimate.Latency)} a round trip: "
            + $"{Units.Count(estimate.Rows)} round trips become {Units.Count(estimate.Batches)}, in batches of {estimate.BatchRows};");
        if (findings.Any(static one => !one.IsConcurrent))
        {
            output.WriteLine($"one after the other, waiting falls from {Units.Duration(estimate.Waiting(isConcurrent: false))} to "
                + $"{Units.Duration(estimate.WaitingForBatches)};");
        }

        if (findings.Any(static one => one.IsConcurrent))
        {
            output.WriteLine($"{LintEstimate.AtOnce} at once, from {Units.Duration(estimate.Waiting(isConcurrent: true))} to "
                + $"{Units.Duration(estimate.WaitingForBatches)};");
        }

        output.WriteLine("what D1 bills stays the same: it counts rows, not requests.");
    }

    private static void WriteSource(TextWriter output, LintFinding finding)
    {
        // Tabs stay, so that the caret stands below.
        var number = $"{finding.Line,5} | ";
        var from = finding.Column + finding.Length > SourceCharactersMax ? Math.Max(0, finding.Column - 20) : 0;
        var shown = finding.Source.Length - from > SourceCharactersMax
            ? string.Concat(finding.Source.AsSpan(from, SourceCharactersMax), "…") : finding.Source[from..];
        var before = finding.Source[from..(finding.Column - 1)];
        var length = Math.Clamp(finding.Length, 1, Math.Max(1, shown.Length - before.Length));
        output.WriteLine(number + shown);
        output.WriteLine("      | " + string.Concat(before.Select(static character => character == '\t' ? '\t' : ' ')) + '^'
            + new string('~', length - 1));
    }

    public static void WriteJson(CliConsole console, IReadOnlyList<LintFinding> findings, int fileCount, LintEstimate estimate) =>
        JsonOutput.Write(console, writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("files", fileCount);
            writer.WriteStartArray("findings");
            foreach (var finding in findings)
            {
                Write(writer, finding, estimate);
            }

            writer.WriteEndArray();
            writer.WriteStartObject("estimate");
            writer.WriteNumber("rows", estimate.Rows);
            writer.WriteNumber("latency_ms", estimate.Latency.TotalMilliseconds);
            writer.WriteNumber("batch_rows", estimate.BatchRows);
            writer.WriteNumber("round_trips", estimate.Rows);
            writer.WriteNumber("round_trips_batched", estimate.Batches);
            writer.WriteNumber("round_trips_saved", estimate.Saved);
            writer.WriteBoolean("d1_bill_changes", value: false);
            writer.WriteEndObject();
            writer.WriteEndObject();
        });

    private static void Write(Utf8JsonWriter writer, LintFinding finding, LintEstimate estimate)
    {
        writer.WriteStartObject();
        writer.WriteString("file", finding.File);
        writer.WriteNumber("line", finding.Line);
        writer.WriteNumber("column", finding.Column);
        writer.WriteString("rule", finding.Rule.Id);
        writer.WriteString("message", finding.Message);
        writer.WriteString("hint", finding.Rule.Hint);
        writer.WriteString("source", finding.Source.Trim());
        writer.WriteBoolean("at_once", finding.IsConcurrent);
        writer.WriteNumber("waiting_ms", estimate.Waiting(finding.IsConcurrent).TotalMilliseconds);
        writer.WriteNumber("waiting_batched_ms", estimate.WaitingForBatches.TotalMilliseconds);
        writer.WriteEndObject();
    }
}
