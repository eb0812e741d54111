namespace Shoal.Server.Metrics;

/// <summary>The values of a measurement's tags, compared without making a text of them.</summary>
/// <remarks>An instrument always gives its tags in the same order, so names need no comparison. At most four tags.</remarks>
internal readonly record struct SeriesKey(object? First, object? Second, object? Third, object? Fourth)
{
    public const int TagsMax = 4;

    public static SeriesKey Of(ReadOnlySpan<KeyValuePair<string, object?>> tags) => new(
        tags.Length > 0 ? tags[0].Value : null,
        tags.Length > 1 ? tags[1].Value : null,
        tags.Length > 2 ? tags[2].Value : null,
        tags.Length > 3 ? tags[3].Value : null);
}
