using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shoal.Server.Tests.Http;

/// <summary>Checks a document against the part of JSON Schema that our API's description uses.</summary>
internal sealed class JsonSchema(JsonNode root)
{
    /// <summary>What is wrong, with its place; empty when nothing is.</summary>
    public IReadOnlyList<string> Check(JsonNode schema, JsonNode? value)
    {
        var problems = new List<string>();
        Check(schema, value, "$", problems);
        return problems;
    }

    private void Check(JsonNode schema, JsonNode? value, string place, List<string> problems)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            var target = reference[2..].Split('/').Aggregate(root, (node, name) => node[name]!);
            Check(target, value, place, problems);
            return;
        }

        if (schema["oneOf"] is JsonArray choices && !choices.Any(choice => Check(choice!, value).Count == 0))
        {
            problems.Add($"{place} fits no choice: {value?.ToJsonString()}");
        }

        if (schema["const"] is { } constant && !JsonNode.DeepEquals(constant, value))
        {
            problems.Add($"{place} is {value?.ToJsonString()}, not {constant.ToJsonString()}");
        }

        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
        {
            problems.Add($"{place} is {value?.ToJsonString()}, not one of {words.ToJsonString()}");
        }

        if (schema["type"] is { } type && !TypesOf(type).Contains(KindOf(value))
            && !(KindOf(value) == "integer" && TypesOf(type).Contains("number")))
        {
            problems.Add($"{place} is of type {KindOf(value)}, not {type.ToJsonString()}");
            return;
        }

        if (value is JsonArray items && schema["items"] is { } item)
        {
            for (var index = 0; index < items.Count; index++)
            {
                Check(item, items[index], $"{place}[{index}]", problems);
            }
        }

        if (value is JsonObject members)
        {
            CheckMembers(schema, members, place, problems);
        }
    }

    private void CheckMembers(JsonNode schema, JsonObject members, string place, List<string> problems)
    {
        var properties = schema["properties"] as JsonObject;
        foreach (var required in schema["required"] as JsonArray ?? [])
        {
            if (!members.ContainsKey((string)required!))
            {
                problems.Add($"{place}.{required} is missing");
            }
        }

        foreach (var (name, member) in members)
        {
            if (properties?[name] is { } property)
            {
                Check(property, member, $"{place}.{name}", problems);
            }
            else if ((bool?)schema["additionalProperties"] == false)
            {
                problems.Add($"{place}.{name} is not described");
            }
        }
    }

    private static List<string> TypesOf(JsonNode type) =>
        type is JsonArray several ? [.. several.Select(one => (string)one!)] : [(string)type!];

    private static string KindOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.String => "string",
        JsonValueKind.Array => "array",
        JsonValueKind.Object => "object",
        _ => value.ToJsonString().AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? "integer" : "number",
    };
}
