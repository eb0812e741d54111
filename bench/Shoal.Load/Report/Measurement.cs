using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shoal.Load.Report;

/// <summary>One measured thing: a label and numbers, one JSON line in the file of a run.</summary>
internal static class Measurement
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Adds a line; does nothing without a file.</summary>
    public static void Append<T>(string? file, string label, T values)
    {
        if (file is not null)
        {
            var line = new JsonObject { ["label"] = label };
            foreach (var (name, value) in JsonSerializer.SerializeToNode(values, Json)!.AsObject())
            {
                if (value is not null)
                {
                    line[name] = value.DeepClone();
                }
            }

            File.AppendAllText(file, line.ToJsonString() + '\n');
        }
    }
}
