namespace Shoal.Protocol.D1;

/// <summary>Body of <c>POST /time_travel/fork</c>.</summary>
public sealed record ForkBody
{
    /// <summary>Id or name of the database whose past is copied; the id of a deleted one. Required.</summary>
    public string? Source { get; init; }

    /// <summary>Name of the new database. Required.</summary>
    public string? Name { get; init; }

    /// <summary>Which state; not together with a timestamp. Default: the newest.</summary>
    public string? Bookmark { get; init; }

    /// <summary>Which moment, ISO 8601.</summary>
    public string? Timestamp { get; init; }
}
