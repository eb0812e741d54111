using System.Globalization;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <content>How long history is kept of one database.</content>
public sealed partial class TimeTravel
{
    /// <summary>A database can not have less of its own: snapshots are taken once a day.</summary>
    public const int RetentionDaysMin = 1;

    /// <summary>A database can not have more of its own.</summary>
    public const int RetentionDaysMax = 3650;

    /// <summary>For how long states of a database can be restored at least, and whether that is what the node keeps of all.</summary>
    /// <exception cref="EngineException">The database is unknown, or no history is kept.</exception>
    public (TimeSpan Retention, bool IsDefault) GetRetention(DatabaseId id)
    {
        _ = Keeper;
        var own = _catalog.History.Retention.Of(Known(id).Id);
        return (own ?? _options.History.Retention, own is null);
    }

    /// <summary>Keeps history of a database for another time than of others; durable when the task completes.</summary>
    /// <remarks>
    /// What a shorter time leaves out is gone some days later, and can not be brought back by a longer one. Past the budget of
    /// all history a longer time helps nothing.
    /// </remarks>
    /// <param name="id">Which database.</param>
    /// <param name="days">
    /// From <see cref="RetentionDaysMin"/> to <see cref="RetentionDaysMax"/>; null for what the node keeps of all.
    /// </param>
    /// <exception cref="EngineException">The database is unknown, the time is out of range, or no history is kept.</exception>
    public Task SetRetentionAsync(DatabaseId id, int? days)
    {
        _ = Keeper;
        if (days is < RetentionDaysMin or > RetentionDaysMax)
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, string.Create(CultureInfo.InvariantCulture,
                $"history of a database can be kept for {RetentionDaysMin} to {RetentionDaysMax:N0} days"),
                "Leave the number out for what the server keeps of all.", id);
        }

        return _catalog.History.Retention.SetAsync(Known(id).Id, days is { } own ? TimeSpan.FromDays(own) : null);
    }
}
