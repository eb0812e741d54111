using Shoal.Items;
using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Server.Items.Wire;

/// <summary>Reads <c>AttributeUpdates</c>.</summary>
internal static class LegacyUpdates
{
    private const string Invalid = "One or more parameter values were invalid: ";

    /// <summary>The update; null when absent.</summary>
    /// <exception cref="ItemException">An entry is not valid.</exception>
    public static AttributeUpdates? Read(in RequestReader request)
    {
        if (request.Map("AttributeUpdates") is not { } map)
        {
            return null;
        }

        var updates = new Dictionary<string, AttributeUpdate>(StringComparer.Ordinal);
        foreach (var (attribute, json) in map)
        {
            var entry = new RequestReader(json);
            var value = entry.Member("Value") is { } given ? ValueReader.Read(given) : null;
            var action = entry.Text("Action");
            if (action is not (null or "PUT" or "ADD" or "DELETE"))
            {
                throw ItemException.Validation($"Value '{action}' at 'attributeUpdates.{attribute}.member.action' failed to satisfy "
                    + "constraint: Member must satisfy enum value set: [ADD, PUT, DELETE]");
            }

            Check(action, value);
            updates.Add(attribute, new AttributeUpdate(action switch
            {
                "ADD" => AttributeUpdateAction.ADD,
                "DELETE" => AttributeUpdateAction.DELETE,
                _ => AttributeUpdateAction.PUT,
            }, value));
        }

        return new AttributeUpdates(updates);
    }

    private static void Check(string? action, AttributeValue? value)
    {
        if (value is null)
        {
            if (action != "DELETE")
            {
                throw ItemException.Validation(Invalid + "Only DELETE action is allowed when no attribute value is specified");
            }
        }
        else if (action == "DELETE" && !value.IsSet)
        {
            throw ItemException.Validation($"{Invalid}DELETE action with value is not supported for the type {value.Type}");
        }
        else if (action == "ADD" && !value.IsSet && value.Type is not (AttributeType.N or AttributeType.L))
        {
            throw ItemException.Validation($"{Invalid}ADD action is not supported for the type {value.Type}");
        }
    }
}
