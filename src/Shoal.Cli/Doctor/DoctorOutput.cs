using System.Text.Json;
using Shoal.Cli.Output;
using Shoal.Engine.Doctor;

namespace Shoal.Cli.Doctor;

/// <summary>What an examination found, for a person or as JSON.</summary>
internal static class DoctorOutput
{
    public static void Write(CommandContext context, DoctorReport report, bool quick, TimeSpan elapsed)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer => WriteJson(writer, report));
            return;
        }

        RowsOutput.Write(context.Console, ["property", "value"],
        [
            ["folder", report.DataFolder],
            ["durability", DurabilityWord(report)],
            ["databases", $"{Units.Count(report.DatabaseCount)} ({Units.Bytes(report.DatabaseBytes)} with the catalog)"],
            ["log", report.LogEnd is { } end
                ? $"{Units.Bytes(report.LogBytes)}, ends at {end}; segments in use: {Units.Count(report.SegmentCount)}"
                : Units.Bytes(report.LogBytes)],
            ["only in the log", $"{Units.Bytes(report.UncheckpointedBytes)} of {Units.Count(report.UncheckpointedCount)} databases"],
            ["free space", Units.Bytes(report.FreeBytes)],
        ]);
        var output = context.Console.Out;
        foreach (var finding in report.Findings)
        {
            output.WriteLine();
            output.WriteLine($"{Word(finding.Severity)}: {finding.Message}");
            output.WriteLine($"hint: {finding.Hint}");
        }

        output.WriteLine();
        output.WriteLine(Summary(report, quick, elapsed));
    }

    private static string Summary(DoctorReport report, bool quick, TimeSpan elapsed)
    {
        var problems = report.Findings.Count(static finding => finding.Severity == DoctorSeverity.Problem);
        var verdict = problems switch
        {
            0 => "Healthy",
            1 => "1 problem",
            _ => $"{Units.Count(problems)} problems",
        };
        var looked = quick ? "the content of databases was not checked"
            : $"content checked of {Units.Count(report.CheckedCount)} files, the catalog included";
        return $"{verdict}; {looked}; {Units.Duration(elapsed)}.";
    }

    private static void WriteJson(Utf8JsonWriter writer, DoctorReport report)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("healthy", report.IsHealthy);
        writer.WriteString("data", report.DataFolder);
        writer.WriteString("durability", DurabilityWord(report));
        writer.WriteNumber("databases", report.DatabaseCount);
        writer.WriteNumber("database_bytes", report.DatabaseBytes);
        writer.WriteNumber("checked", report.CheckedCount);
        writer.WriteNumber("log_bytes", report.LogBytes);
        writer.WriteNumber("log_segments", report.SegmentCount);
        writer.WriteString("log_end", report.LogEnd);
        writer.WriteNumber("uncheckpointed_bytes", report.UncheckpointedBytes);
        writer.WriteNumber("uncheckpointed_databases", report.UncheckpointedCount);
        writer.WriteNumber("free_bytes", report.FreeBytes);
        writer.WriteStartArray("findings");
        foreach (var finding in report.Findings)
        {
            writer.WriteStartObject();
            writer.WriteString("severity", Word(finding.Severity));
            writer.WriteString("message", finding.Message);
            writer.WriteString("hint", finding.Hint);
            writer.WriteString("file", finding.File);
            if (finding.OffsetBytes is { } offset)
            {
                writer.WriteNumber("offset", offset);
            }
            else
            {
                writer.WriteNull("offset");
            }

            writer.WriteString("database", finding.DatabaseId?.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string? DurabilityWord(DoctorReport report) => report.Durability switch
    {
        Engine.DurabilityMode.Log => "log",
        Engine.DurabilityMode.Sqlite => "sqlite",
        null => null,
    };

    private static string Word(DoctorSeverity severity) => severity switch
    {
        DoctorSeverity.Note => "note",
        DoctorSeverity.Problem => "problem",
    };
}
