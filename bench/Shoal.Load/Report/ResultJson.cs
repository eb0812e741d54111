using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shoal.Load.Report;

/// <summary>A run for programs.</summary>
internal static class ResultJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Write(RunResults run, IReadOnlyList<Target> targets) => new JsonObject
    {
        ["machine"] = run.Machine.DeepClone(),
        ["targets"] = new JsonArray([.. targets.Select(static target => new JsonObject
        {
            ["what"] = target.What,
            ["atLeast"] = target.AtLeast,
            ["measured"] = target.Measured is { } measured ? Math.Round(measured, 3) : null,
            ["met"] = target.Met,
        })]),
        ["measurements"] = new JsonArray([.. run.Measurements.Select(static line => line.DeepClone())]),
    }.ToJsonString(Indented) + "\n";
}
