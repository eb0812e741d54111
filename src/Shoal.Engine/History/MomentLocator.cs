using System.Globalization;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Finds the commit that somebody means, or says which ones there are instead.</summary>
/// <param name="id">The database.</param>
/// <param name="epoch">Epoch of the bookmarks that are given out now.</param>
/// <param name="current">Number of the database's newest commit; null when it is deleted.</param>
/// <param name="bornAt">When it was created, if it was empty then and history was kept; null otherwise.</param>
/// <param name="reading">What is in packs: every commit that was durable when it was asked for.</param>
internal sealed class MomentLocator(DatabaseId id, uint epoch, ulong? current, DateTimeOffset? bornAt, HistoryReading reading)
{
    private readonly DatabaseHistory _history = reading.Find(id);

    public static DateTimeOffset ToTime(long microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);

    /// <summary>Finds a state.</summary>
    /// <param name="moment">What is meant.</param>
    /// <param name="now">A commit can still get this time or a later one. Units: microseconds since 1970.</param>
    /// <exception cref="EngineException">History does not have it.</exception>
    public RestoreTarget Locate(RestoreMoment moment, long now)
    {
        if (moment.Bookmark is { } text)
        {
            var bookmark = Bookmark.TryParse(text, out var parsed) && parsed == Bookmark.Of(id, parsed.Epoch, parsed.Number)
                ? parsed
                : throw new EngineException(EngineErrorKind.InvalidArgument, $"'{text}' is not a bookmark of this database",
                    "`shoal db history NAME` and `wrangler d1 time-travel info NAME` print bookmarks.", id);
            return Target(bookmark) ?? throw NotRestorable($"the bookmark {text}", bookmark.Epoch, bookmark.Number);
        }

        var time = moment.Time!.Value.ToUnixTimeMilliseconds() * 1000;
        if (time >= now)
        {
            // The same moment must give the same bookmark each time.
            throw new EngineException(EngineErrorKind.InvalidArgument, $"{Text(time)} is not past yet",
                $"By the server's clock it is {Text(now)}.", id);
        }

        var number = NumberAt(time);
        return (number is { } found ? Target(Bookmark.Of(id, found.Epoch, found.Number)) : null)
            ?? throw NotRestorable(Text(time), time);
    }

    private (uint Epoch, ulong Number)? NumberAt(long time)
    {
        if (_history.NewestUntil(time) is { } placed)
        {
            var entry = placed.Entry;
            if (entry.Kind == PackEntryKind.Snapshot || entry.LastTime <= time)
            {
                return (entry.Epoch, entry.Last);
            }

            // Inside of a block: its parts tell.
            using var pack = reading.Open(placed.Pack);
            ReadOnlySpan<byte> block = pack.ReadBlock(entry);
            var number = entry.First;
            while (!block.IsEmpty && PackPart.Take(ref block, out _) is var part && part.Time <= time)
            {
                number = part.Number;
            }

            return (entry.Epoch, number);
        }

        if (bornAt is { } born && time >= born.ToUnixTimeMilliseconds() * 1000)
        {
            return (_history.Runs.Count > 0 ? _history.Runs[0].Epoch : epoch, 0);
        }

        // It has not changed since history is kept: then it was as it is.
        return _history.Runs.Count == 0 && current is { } number0 && time >= reading.Manifest.Began ? (epoch, number0) : null;
    }

    private RestoreTarget? Target(Bookmark bookmark)
    {
        var isCurrent = bookmark.Epoch == epoch && bookmark.Number == current;
        var isNew = bookmark.Number == 0 && bornAt is not null;
        return isCurrent || isNew || _history.Has(bookmark.Epoch, bookmark.Number)
            ? new RestoreTarget(bookmark, isCurrent, [.. _history.Plans(bookmark.Epoch, bookmark.Number)])
            : null;
    }

    private EngineException NotRestorable(string what, uint wantedEpoch, ulong wanted) => NotRestorable(what,
        Nearest(run => (run.Epoch, run.Last).CompareTo((wantedEpoch, wanted)) < 0,
            run => (run.Epoch, run.First).CompareTo((wantedEpoch, wanted)) > 0));

    private EngineException NotRestorable(string what, long time) =>
        NotRestorable(what, Nearest(run => run.LastTime < time, run => run.FirstTime > time));

    private EngineException NotRestorable(string what, string nearest)
    {
        var damage = reading.Unreadable.Count == 0 ? ""
            : "; " + string.Join("; ", reading.Unreadable.Select(static error => error.Message));
        return new EngineException(EngineErrorKind.NotRestorable, $"history does not have {what} of this database{damage}", nearest, id);
    }

    private string Nearest(Func<CommitRun, bool> isBefore, Func<CommitRun, bool> isAfter)
    {
        if (_history.Runs.Count == 0)
        {
            return "Nothing of it can be restored yet: it has not changed since history is kept.";
        }

        var before = _history.Runs.Where(isBefore)
            .Select(run => $"before it {Text(run.LastTime)} ({Bookmark.Of(id, run.Epoch, run.Last)})").LastOrDefault();
        var after = _history.Runs.Where(isAfter)
            .Select(run => $"after it {Text(run.FirstTime)} ({Bookmark.Of(id, run.Epoch, run.First)})").FirstOrDefault();
        var nearest = string.Join(", ", ((string?[])[before, after]).Where(static text => text is not null));
        return nearest.Length > 0 ? $"The nearest that can be restored is {nearest}."
            : "`shoal db history NAME` lists what can be restored.";
    }

    private static string Text(long microseconds) =>
        ToTime(microseconds).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
