using System.Globalization;
using System.Text.Json.Nodes;

namespace Shoal.Server.Analytics;

/// <summary>Which databases and hours a data set is asked for.</summary>
internal sealed class UsageFilter
{
    /// <summary>Null for all that the caller reaches.</summary>
    public HashSet<string>? Databases { get; private set; }

    /// <summary>Earliest start of an hour.</summary>
    public DateTimeOffset From { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Latest start of an hour.</summary>
    public DateTimeOffset To { get; private set; } = DateTimeOffset.MaxValue;

    /// <summary>Reads the argument <c>filter</c>: conditions that must all hold, flat or under <c>AND</c>.</summary>
    public static UsageFilter Read(JsonNode? filter)
    {
        var result = new UsageFilter();
        result.Add(filter);
        return result;
    }

    private void Add(JsonNode? filter)
    {
        if (filter is null)
        {
            return;
        }

        if (filter is not JsonObject conditions)
        {
            throw new GraphqlException("filter must be an object");
        }

        foreach (var (name, value) in conditions)
        {
            if (name == "AND" && value is JsonArray all)
            {
                foreach (var each in all)
                {
                    Add(each);
                }
            }
            else
            {
                AddCondition(name, value);
            }
        }
    }

    private void AddCondition(string name, JsonNode? value)
    {
        switch (name)
        {
            case "databaseId":
                Only([Text(name, value)]);
                break;
            case "databaseId_in" when value is JsonArray ids:
                Only(ids.Select(id => Text(name, id)));
                break;
            default:
                AddTime(name, value);
                break;
        }
    }

    private void AddTime(string name, JsonNode? value)
    {
        var mark = name.LastIndexOf('_');
        var dimension = mark < 0 ? name : name[..mark];
        if (dimension != "date" && !UsageDimensions.Times.Contains(dimension, StringComparer.Ordinal))
        {
            throw new GraphqlException($"unknown filter \"{name}\"");
        }

        var first = Instant(name, value);
        var last = first;
        if (dimension == "date")
        {
            // A date is all of its day.
            first = new DateTimeOffset(first.UtcDateTime.Date, TimeSpan.Zero);
            last = first.AddDays(1).AddTicks(-1);
        }

        switch (mark < 0 ? "" : name[mark..])
        {
            case "_geq":
                NotBefore(first);
                break;
            case "_gt":
                NotBefore(last.AddTicks(1));
                break;
            case "_leq":
                NotAfter(last);
                break;
            case "_lt":
                NotAfter(first.AddTicks(-1));
                break;
            case "":
                NotBefore(first);
                NotAfter(last);
                break;
            default:
                throw new GraphqlException($"unknown filter \"{name}\"");
        }
    }

    private void Only(IEnumerable<string> ids)
    {
        var chosen = ids.ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (Databases is null)
        {
            Databases = chosen;
        }
        else
        {
            Databases.IntersectWith(chosen);
        }
    }

    private void NotBefore(DateTimeOffset instant) => From = instant > From ? instant : From;

    private void NotAfter(DateTimeOffset instant) => To = instant < To ? instant : To;

    private static string Text(string name, JsonNode? value) => value is JsonValue text && text.TryGetValue(out string? result)
        ? result
        : throw new GraphqlException($"filter \"{name}\" must be a string");

    private static DateTimeOffset Instant(string name, JsonNode? value) =>
        DateTimeOffset.TryParse(Text(name, value), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var result)
        && result.UtcDateTime.Year is > 1 and < 9999
            ? result
            : throw new GraphqlException($"filter \"{name}\" must be a date or an instant in ISO 8601");
}
