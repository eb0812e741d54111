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
        var what = moment.Bookmark is null ? Text(ToMicroseconds(moment.Time!.Value)) : $"the bookmark {moment.Bookmark}";
        try
        {
            return moment.Bookmark is { } text ? AtBookmark(text, what) : AtTime(ToMicroseconds(moment.Time!.Value), now, what);
        }
        catch (PackDamagedException error)
        {
            throw NotReadable(what, error);
        }
    }

    /// <summary>
    /// Whether what the database was when it was asked for can be restored once it is something else. What was committed since will be.
    /// </summary>
    public bool IsCurrentKept()
    {
        try
        {
            return reading.Newest is not { } number || (number == 0 && bornAt is not null)
                || _history.Plans(epoch, number, reading.Holds).Any();
        }
        catch (PackDamagedException)
        {
            return false;
        }
    }

    /// <summary>The refusal of a state that is in packs which can not be read.</summary>
    public EngineException NotReadable(RestoreTarget target, PackDamagedException damage) =>
        NotReadable($"commit {target.Bookmark.Number}", damage, (target.Bookmark.Epoch, target.Bookmark.Number));

    private static long ToMicroseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() * 1000;

    private RestoreTarget AtBookmark(string text, string what)
    {
        var bookmark = Bookmark.TryParse(text, out var parsed) && parsed == Bookmark.Of(id, parsed.Epoch, parsed.Number)
            ? parsed
            : throw new EngineException(EngineErrorKind.InvalidArgument,
                $"'{text}' is not a bookmark of this database, nor the name of one",
                "`shoal db history NAME` and `shoal db bookmark list NAME` print them.", id);
        return Target(bookmark) ?? throw NotRestorable(what, Nearest(_history, (bookmark.Epoch, bookmark.Number)));
    }

    private RestoreTarget AtTime(long time, long now, string what)
    {
        if (time >= now)
        {
            // The same moment must give the same bookmark each time.
            throw new EngineException(EngineErrorKind.InvalidArgument, $"{Text(time)} is not past yet",
                $"By the server's clock it is {Text(now)}.", id);
        }

        var (number, committedAt) = NumberAt(time);
        if (number is { } last && _history.IsInGap(last, time))
        {
            throw NotRestorable(what, NearestTo(time));
        }

        // Nobody knows what a pack has that can not be looked into; it must not be taken for nothing.
        if (reading.Unreadable.Exists(one => one.Pack.Level != PackLevel.Snapshots
            && one.Pack.FirstTime <= time && one.Pack.LastTime > committedAt))
        {
            throw NotRestorable(what, NearestTo(time));
        }

        return (number is { } found ? Target(Bookmark.Of(id, found.Epoch, found.Number)) : null)
            ?? throw NotRestorable(what, number is { } wanted ? Nearest(_history, wanted) : NearestTo(time));
    }

    /// <summary>The newest commit of a time and before it, and when it was; the time is 0 when there is none.</summary>
    private ((uint Epoch, ulong Number)? Number, long Time) NumberAt(long time)
    {
        (uint Epoch, ulong Number)? newest = null;
        var newestTime = 0L;
        foreach (var placed in _history.Blocks.Where(placed => placed.Entry.FirstTime <= time))
        {
            if (NewestIn(placed, time) is { } state
                && (newest is not { } best || best.CompareTo((placed.Entry.Epoch, state.Number)) <= 0))
            {
                (newest, newestTime) = ((placed.Entry.Epoch, state.Number), Math.Max(newestTime, state.Time));
            }
        }

        if (newest is not null)
        {
            return (newest, newestTime);
        }

        // Of one that has commits of which packs have none, as after a loss of packs, nobody knows what it was.
        if (bornAt is { } born && time >= ToMicroseconds(born) && (_history.Runs.Count > 0 || reading.Newest is null or 0))
        {
            return ((_history.Runs.Count > 0 ? _history.Runs[0].Epoch : epoch, 0), ToMicroseconds(born));
        }

        // It has not changed since history is kept: then it was as it is. Commits of one that was created since would be in packs.
        var began = reading.Manifest.Began;
        var isUnchanged = _history.Runs.Count == 0 && (bornAt is not { } birth || ToMicroseconds(birth) < began);
        return (isUnchanged && current is { } number0 && time >= began ? (epoch, number0) : null, 0);
    }

    /// <summary>The newest state of a block that there was at a time; null when none of its commits had ended.</summary>
    private (ulong Number, long Time)? NewestIn(PlacedEntry placed, long time)
    {
        var entry = placed.Entry;
        var isCut = entry.Kind == PackEntryKind.Commits && entry.Flags.HasFlag(PackEntryFlags.ContinuesAfter);
        if (entry.Kind == PackEntryKind.Snapshot || (entry.LastTime <= time && !isCut))
        {
            return (entry.Last, entry.LastTime);
        }

        // A commit is done with its last part, which may be in the next block.
        return isCut && entry.First == entry.Last ? null : PartsOf(placed, part => part.Time > time)
            .Where(static part => !part.Continues).Select(static part => ((ulong, long)?)(part.Number, part.Time)).LastOrDefault();
    }

    private RestoreTarget? Target(Bookmark bookmark)
    {
        var isCurrent = bookmark.Epoch == epoch && bookmark.Number == current;
        var isNew = bookmark.Number == 0 && bornAt is not null;
        var plans = _history.Plans(bookmark.Epoch, bookmark.Number, reading.Holds).ToArray();
        return isCurrent || isNew || plans.Length > 0 ? new RestoreTarget(bookmark, isCurrent, plans) : null;
    }

    private List<PackPart> PartsOf(PlacedEntry placed, Predicate<PackPart>? isBeyond = null)
    {
        using var pack = reading.Open(placed.Pack);
        return pack.ReadParts(placed.Entry, isBeyond);
    }

    private EngineException NotRestorable(string what, string nearest)
    {
        var damage = reading.Unreadable.Count == 0 ? ""
            : "; " + string.Join("; ", reading.Unreadable.Select(static one => one.Error.Message));
        return new EngineException(EngineErrorKind.NotRestorable, $"history does not have {what} of this database{damage}", nearest, id);
    }

    private EngineException NotReadable(string what, PackDamagedException damage, (uint, ulong)? wanted = null)
    {
        var whole = new DatabaseHistory(_history.Blocks.Where(placed => placed.Pack != damage.Pack));
        var around = _history.Blocks.Where(placed => placed.Pack == damage.Pack).Select(static placed => placed.Entry).MinBy(
            static entry => (entry.Epoch, entry.First));
        return new EngineException(EngineErrorKind.Corruption, $"{what} can not be restored: {damage.Message}; nothing was changed",
            Nearest(whole, wanted ?? (around?.Epoch ?? epoch, around?.First ?? 0)), id, damage);
    }

    /// <summary>The states next to one that is not there.</summary>
    private string Nearest(DatabaseHistory history, (uint Epoch, ulong Number) wanted)
    {
        var states = history.Runs.SelectMany(static run => new[]
            { (run.Epoch, Number: run.First, Time: run.FirstTime), (run.Epoch, Number: run.Last, Time: run.LastTime) }).ToList();

        // It was left out between commits that are there.
        foreach (var placed in history.BlocksAround(wanted.Epoch, wanted.Number))
        {
            states.AddRange(PartsOf(placed).Where(part => !part.Continues && history.Plans(wanted.Epoch, part.Number, reading.Holds).Any())
                .Select(part => (wanted.Epoch, part.Number, part.Time)));
        }

        return Nearest(states.Where(state => (state.Epoch, state.Number).CompareTo(wanted) < 0),
            states.Where(state => (state.Epoch, state.Number).CompareTo(wanted) > 0));
    }

    private string NearestTo(long time) => Nearest(
        _history.Runs.Where(run => run.LastTime < time).Select(static run => (run.Epoch, run.Last, run.LastTime)),
        _history.Runs.Where(run => run.FirstTime > time).Select(static run => (run.Epoch, run.First, run.FirstTime)));

    private string Nearest(
        IEnumerable<(uint Epoch, ulong Number, long Time)> before, IEnumerable<(uint Epoch, ulong Number, long Time)> after)
    {
        if (_history.Runs.Count == 0)
        {
            return "Nothing of it can be restored yet: it has not changed since history is kept.";
        }

        var nearest = string.Join(", ", before.OrderBy(static state => (state.Epoch, state.Number)).TakeLast(1)
            .Select(state => $"before it {Text(state.Time)} ({Bookmark.Of(id, state.Epoch, state.Number)})")
            .Concat(after.OrderBy(static state => (state.Epoch, state.Number)).Take(1)
                .Select(state => $"after it {Text(state.Time)} ({Bookmark.Of(id, state.Epoch, state.Number)})")));
        return nearest.Length > 0 ? $"The nearest that can be restored is {nearest}."
            : "`shoal db history NAME` lists what can be restored.";
    }

    private static string Text(long microseconds) =>
        ToTime(microseconds).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
