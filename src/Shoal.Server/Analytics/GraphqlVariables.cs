using System.Text.Json;
using System.Text.Json.Nodes;
using Shoal.Server.Http;

namespace Shoal.Server.Analytics;

/// <summary>Reads JSON into nodes at once.</summary>
/// <remarks>
/// The library's own nodes are read when somebody looks at them and throw then, at names that repeat and at text that is none.
/// </remarks>
internal static class GraphqlVariables
{
    public static JsonNode? Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => ReadObject(element),
        JsonValueKind.Array => new JsonArray([.. element.EnumerateArray().Select(Read)]),
        JsonValueKind.String => JsonValue.Create(Text(element.GetString)),
        JsonValueKind.Number => JsonValue.Create(element.GetDouble()),
        JsonValueKind.True => JsonValue.Create(value: true),
        JsonValueKind.False => JsonValue.Create(value: false),
        JsonValueKind.Null or JsonValueKind.Undefined => null,
    };

    private static JsonObject ReadObject(JsonElement element)
    {
        var result = new JsonObject();
        foreach (var member in element.EnumerateObject())
        {
            result[Text(() => member.Name) ?? ""] = Read(member.Value);
        }

        return result;
    }

    private static string? Text(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw RequestException.Malformed("a string holds a surrogate without its partner");
        }
    }
}
