using System.Text.Json.Nodes;
using Microsoft.Extensions.Primitives;
using Shoal.Server.Http;

namespace Shoal.Server.D1;

/// <summary>The members of a database's description that a client asks for with <c>fields</c>.</summary>
internal sealed class DatabaseFields
{
    private static readonly string[] Allowed =
    [
        "uuid", "name", "created_at", "version", "jurisdiction", "num_tables", "file_size", "running_in_region",
        "read_replication",
    ];

    private readonly HashSet<string> _names;

    private DatabaseFields(HashSet<string> names) => _names = names;

    /// <summary>Reads both encodings, a comma list and a repeated key; null when the client asks for everything.</summary>
    public static DatabaseFields? Read(StringValues query)
    {
        var names = query
            .SelectMany(value => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .ToHashSet(StringComparer.Ordinal);
        if (names.Count == 0)
        {
            return null;
        }

        return names.Except(Allowed, StringComparer.Ordinal).FirstOrDefault() is { } unknown
            ? throw RequestException.Malformed($"fields has no \"{unknown}\"; it takes {string.Join(", ", Allowed)}")
            : new DatabaseFields(names);
    }

    /// <summary>The description with these members only.</summary>
    public JsonObject Choose(JsonObject all)
    {
        foreach (var name in all.Select(member => member.Key).Where(name => !_names.Contains(name)).ToList())
        {
            all.Remove(name);
        }

        return all;
    }
}
