using System.Text.Json;
using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Values;
using Shoal.Server.Items.Shapes;

namespace Shoal.Server.Items.Wire;

/// <summary>A structure of a request whose types and constraints have been checked.</summary>
internal readonly struct RequestReader(JsonElement structure)
{
    public bool Has(string name) => Member(name) is not null;

    public JsonElement? Member(string name) => ConstraintCheck.Member(structure, name);

    public RequestReader? Structure(string name) => Member(name) is { } value ? new RequestReader(value) : null;

    public string? Text(string name) => Member(name)?.GetString();

    /// <summary>The name of the operation's table, which may be given as an ARN; null when absent.</summary>
    public string? TableName() => Text("TableName") is { } name ? TableArn.NameOf(name) : null;

    public bool Flag(string name) => Member(name) is { } value && IsTrue(value);

    public bool? OptionalFlag(string name) => Member(name) is { } value ? IsTrue(value) : null;

    /// <summary>A number, its fraction cut off; what no int can hold is the largest int.</summary>
    public int? Integer(string name) =>
        Member(name) is { } value ? (int)Math.Clamp(Math.Floor(value.GetDouble()), int.MinValue, int.MaxValue) : null;

    public long? Long(string name) =>
        Member(name) is { } value ? (long)Math.Clamp(Math.Floor(value.GetDouble()), -1e18, 1e18) : null;

    public IEnumerable<JsonElement> List(string name) =>
        Member(name) is { } value ? [.. value.EnumerateArray()] : [];

    /// <summary>Entries of a map; of two with one key, the last.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Map(string name)
    {
        if (Member(name) is not { } value)
        {
            return null;
        }

        var map = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var entry in value.EnumerateObject())
        {
            map[entry.Name] = entry.Value;
        }

        return map;
    }

    /// <summary>A map of attributes; empty when it is absent.</summary>
    public Item Item(string name) => Member(name) is { } value ? ValueReader.ReadItem(value) : [];

    /// <summary>Names that are to be shown, no name twice.</summary>
    /// <exception cref="ItemException">One is.</exception>
    public IReadOnlyList<string>? AttributesToGet()
    {
        if (!Has("AttributesToGet"))
        {
            return null;
        }

        var names = List("AttributesToGet").Select(static name => name.GetString() ?? "").ToList();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return names.Find(name => !seen.Add(name)) is { } twice
            ? throw ItemException.Validation(
                $"One or more parameter values were invalid: Duplicate value in attribute name: {twice}")
            : names;
    }

    public SelectKind Select() => Text("Select") switch
    {
        "COUNT" => SelectKind.Count,
        "ALL_ATTRIBUTES" => SelectKind.AllAttributes,
        "ALL_PROJECTED_ATTRIBUTES" => SelectKind.AllProjected,
        "SPECIFIC_ATTRIBUTES" => SelectKind.Specific,
        _ => SelectKind.Default,
    };

    /// <summary>Texts stand for truths too, as in DynamoDB's deserializer.</summary>
    public static bool IsTrue(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!.ToUpperInvariant() is "TRUE" or "1" or "YES"
        : value.ValueKind == JsonValueKind.True;
}
