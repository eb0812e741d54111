namespace Shoal.Engine.History;

/// <summary>How much history a node keeps, and what that may cost. Needs <see cref="DurabilityMode.Log"/>.</summary>
public sealed record HistoryLimits
{
    /// <summary>How far back databases can be restored. Default 30 days, as D1's paid plan. Zero keeps no history.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>A commit is in a pack at the latest after this time. Default 1 hour; until then the commit log has it.</summary>
    public TimeSpan PackInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Each commit can be restored for this long; of older ones the last of each minute, and those whose bookmarks somebody has
    /// asked for. Default 48 hours.
    /// </summary>
    public TimeSpan EveryCommit { get; init; } = TimeSpan.FromHours(48);

    /// <summary>Packs of such a span become one, each database's commits side by side. Default 1 hour.</summary>
    public TimeSpan HourlySpan { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Packs of such a span become one that has the last version of each minute. Default 1 day.</summary>
    public TimeSpan DailySpan { get; init; } = TimeSpan.FromDays(1);

    /// <summary>A database with changes since its last snapshot gets a new one after this time. Default 7 days.</summary>
    public TimeSpan SnapshotInterval { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// A snapshot of a database of this size or more is taken by a thread of its own, one at a time, so that history of others goes on
    /// meanwhile. Units: bytes. Default 64 MiB.
    /// </summary>
    public long LargeDatabaseBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// Size of all packs. Units: bytes. Default null: a quarter of the disk. Past it the oldest history goes before its time.
    /// </summary>
    public long? BytesMax { get; init; }

    /// <summary>
    /// Bytes of the commit log that may wait for a pack. Default 1 GiB. From a quarter of it on they are sealed, with pauses that
    /// leave the machine to requests; from a half on without. Past it, when packs can not be written, the oldest part
    /// of it is given up: history then has a gap, and writes go on.
    /// </summary>
    public long UnsealedBytesMax { get; init; } = 1024L * 1024 * 1024;

    /// <summary>Restores of one database in <see cref="RestorePeriod"/>. Default 10, as D1.</summary>
    public int RestoresPerPeriodMax { get; init; } = 10;

    /// <summary>Default 10 minutes, as D1.</summary>
    public TimeSpan RestorePeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// What states of the past may take that are being queried, all together. Units: bytes. Default 1 GiB. One that is larger
    /// can be forked.
    /// </summary>
    public long ViewBytesMax { get; init; } = 1024L * 1024 * 1024;

    /// <summary>A state of the past that nobody has queried for this long is put together anew. Default 5 minutes.</summary>
    public TimeSpan ViewIdle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether any history is kept.</summary>
    public bool IsOn => Retention > TimeSpan.Zero;
}
