using System.Text.Json.Nodes;

namespace Shoal.Load.Report;

/// <summary>The measurements of one run: per thing and number of connections, the median of its repetitions.</summary>
internal sealed class RunResults
{
    private RunResults(JsonObject machine, IReadOnlyList<JsonObject> measurements)
    {
        Machine = machine;
        Measurements = measurements;
    }

    /// <summary>What the run was made on.</summary>
    public JsonObject Machine { get; }

    /// <summary>One object per label and number of connections, in the order measured.</summary>
    public IReadOnlyList<JsonObject> Measurements { get; }

    /// <summary>Reads a file of measurements.</summary>
    public static RunResults Read(string file)
    {
        var lines = File.ReadLines(file).Where(static line => line.Length > 0)
            .Select(static line => JsonNode.Parse(line)!.AsObject()).ToArray();
        var machine = lines.LastOrDefault(static line => Label(line) == "machine") ?? new JsonObject { ["label"] = "machine" };
        var medians = lines.Where(static line => Label(line) != "machine")
            .GroupBy(static line => (Label(line), Number(line, "connections")))
            .Select(static group => Median([.. group]))
            .ToArray();
        return new RunResults(machine, medians);
    }

    /// <summary>The measurements whose labels begin with a prefix.</summary>
    public JsonObject[] Of(string prefix) =>
        [.. Measurements.Where(line => Label(line).StartsWith(prefix, StringComparison.Ordinal))];

    /// <summary>A number of a measurement; null when it was not measured.</summary>
    public double? Value(string label, double? connections, string name)
    {
        var found = Measurements.FirstOrDefault(line => Label(line) == label && Number(line, "connections") == connections);
        return found is null ? null : Number(found, name);
    }

    /// <summary>A number divided by a peer's; null when one of them was not measured.</summary>
    public double? Ratio(string label, string peer, double? connections, string name) =>
        Value(label, connections, name) / Value(peer, connections, name);

    public static string Label(JsonObject line) => line["label"]!.GetValue<string>();

    public static double? Number(JsonObject line, string name) =>
        line[name] is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    /// <summary>
    /// Numbers are the medians of the repetitions, each by itself; errors are added up, because none may be lost.
    /// </summary>
    private static JsonObject Median(JsonObject[] repetitions)
    {
        var result = new JsonObject { ["label"] = Label(repetitions[0]), ["repetitions"] = repetitions.Length };
        foreach (var (name, first) in repetitions[0])
        {
            var numbers = repetitions.Select(line => Number(line, name)).OfType<double>().Order().ToArray();
            if (name is "errors" or "lost")
            {
                result[name] = numbers.Sum();
            }
            else if (numbers.Length > 0)
            {
                var middle = numbers.Length / 2;
                result[name] = numbers.Length % 2 == 1 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
            }
            else if (name != "label")
            {
                result[name] = first?.DeepClone();
            }
        }

        return result;
    }
}
