using System.Globalization;
using System.Text.Json;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Protocol;

namespace Shoal.Cli.Targets;

/// <summary>The JSON bodies of Time Travel.</summary>
internal static class HistoryBodies
{
    /// <summary>A moment as a query string, with what separates it from what is before.</summary>
    public static string Query(RestoreMoment? moment) => moment switch
    {
        { Bookmark: { } bookmark } => $"?bookmark={Uri.EscapeDataString(bookmark)}",
        { Time: { } time } => $"?timestamp={Uri.EscapeDataString(Text(time))}",
        _ => "",
    };

    /// <summary>The same for queries of what a database was.</summary>
    public static string AsOf(RestoreMoment? moment) => moment switch
    {
        { Bookmark: { } bookmark } => $"?as_of={Uri.EscapeDataString(bookmark)}",
        { Time: { } time } => $"?as_of={Uri.EscapeDataString(Text(time))}",
        _ => "",
    };

    public static HttpContent Retention(int? days) => HttpBodies.Body(writer =>
    {
        if (days is { } number)
        {
            writer.WriteNumber("days", number);
        }
        else
        {
            writer.WriteNull("days");
        }
    });

    public static HttpContent Name(string name, RestoreMoment? moment) => HttpBodies.Body(writer =>
    {
        writer.WriteString("name", name);
        WriteMoment(writer, moment);
    });

    public static NamedBookmark Named(JsonElement one) => Bookmark.TryParse(one.GetProperty("bookmark").GetString(), out var bookmark)
        ? new NamedBookmark(one.GetProperty("name").GetString()!, bookmark, Time(one, "created_at"),
            one.GetProperty("automatic").GetBoolean())
        : throw new CliException("the server sent something that is no bookmark", "is it a Shoal server?");

    public static HttpContent Fork(DatabaseId source, RestoreMoment? moment, string name) => HttpBodies.Body(writer =>
    {
        writer.WriteString("source", source.ToString());
        writer.WriteString("name", name);
        WriteMoment(writer, moment);
    });

    public static IReadOnlyList<HistoryRange> Ranges(JsonElement result)
    {
        return [.. result.GetProperty("spans").EnumerateArray().Select(static span =>
        {
            var (first, firstTime) = Point(span.GetProperty("first"));
            var (last, lastTime) = Point(span.GetProperty("last"));
            return new HistoryRange(first, firstTime, last, lastTime,
                span.TryGetProperty("every_commit_since", out _) ? Time(span, "every_commit_since") : firstTime);
        })];

        static (Bookmark, DateTimeOffset) Point(JsonElement point) =>
            Bookmark.TryParse(point.GetProperty("bookmark").GetString(), out var bookmark)
                ? (bookmark, Time(point, "time"))
                : throw new CliException("the server sent something that is no bookmark", "is it a Shoal server?");
    }

    public static IReadOnlyList<DroppedDatabase> Deleted(JsonElement result, string account) =>
        [.. result.EnumerateArray().Select(one => new DroppedDatabase(
            DatabaseId.TryParse(one.GetProperty("uuid").GetString(), out var id) ? id
                : throw new CliException("the server sent something that is no id", "is it a Shoal server?"),
            account, one.GetProperty("name").GetString()!, Time(one, "created_at"), Time(one, "deleted_at")))];

    private static void WriteMoment(Utf8JsonWriter writer, RestoreMoment? moment)
    {
        if (moment is { Bookmark: { } bookmark })
        {
            writer.WriteString("bookmark", bookmark);
        }

        if (moment is { Time: { } time })
        {
            writer.WriteString("timestamp", Text(time));
        }
    }

    private static DateTimeOffset Time(JsonElement element, string name) =>
        DateTimeOffset.Parse(element.GetProperty(name).GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string Text(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
