namespace Shoal.Engine.History;

/// <summary>How far the history of one database is, and what a restore of it would have to read.</summary>
/// <remarks>Thread: the keeper's.</remarks>
internal sealed class DatabaseChain
{
    /// <summary>
    /// History that a restore may have to read beyond a snapshot, uncompressed: of a small database so many times its size, so that
    /// snapshots are the same small share of what history takes; of one of 2 MiB and more this much, and of a large one as much as
    /// its size, for of commits all has to be read, and of a snapshot what is needed. More snapshots would make history much larger;
    /// measured by the benchmark.
    /// </summary>
    public const long RawBytesMin = 32 * 1024 * 1024;
    private const int SmallRawFactor = 16;

    /// <summary>What is read in some milliseconds needs no snapshot, however small the database is. Units: bytes.</summary>
    private const long ReadSoonBytes = 4 * 1024 * 1024;

    /// <summary>Where room is short, so that what is before a snapshot can go, much less. Units: bytes, compressed.</summary>
    private const long StoredBytesMin = 1024 * 1024;
    private const int StoredFactor = 2;

    private uint _snapshotEpoch;
    private ulong _snapshot;
    private long _snapshotBytes;
    private long _storedSince;
    private long _rawSince;
    private (uint Epoch, ulong Number)? _unreached;
    private bool _hasBirth;

    /// <summary>Size of the database at its newest block. Units: bytes.</summary>
    public long SizeBytes { get; private set; }

    /// <summary>Whether there is a state that all others build on.</summary>
    public bool HasBase => _hasBirth || _snapshotEpoch != 0;

    /// <summary>
    /// Whether it may be that the newest commits build on one that is in no pack: then they are of no use, as after a stop while
    /// their base was being written.
    /// </summary>
    public bool IsSuspect => _unreached is { } state && IsNewer(state, (_snapshotEpoch, _snapshot));

    /// <summary>Epoch of the newest commit in a pack.</summary>
    public uint Epoch { get; private set; }

    /// <summary>Number of the newest commit in a pack; 0 for none.</summary>
    public ulong Last { get; private set; }

    /// <summary>Epoch of the newest block, be it commits or a snapshot.</summary>
    public uint NewestEpoch => Math.Max(Epoch, _snapshotEpoch);

    /// <summary>Number of the newest commit that can be restored; 0 for none.</summary>
    public ulong NewestNumber => IsNewer((Epoch, Last), (_snapshotEpoch, _snapshot)) ? Last : _snapshot;

    /// <summary>Time of the oldest commit that no snapshot has. Units: microseconds since 1970; 0 for none.</summary>
    public long ChangedSince { get; private set; }

    /// <summary>Whether a snapshot is due: restoring takes much reading, or history has outgrown the database and room is short.</summary>
    public bool IsLong(bool isShortOfRoom) => _rawSince > RawBytesMax(SizeBytes)
        || (isShortOfRoom && _storedSince > Math.Max(StoredBytesMin, StoredFactor * _snapshotBytes));

    /// <summary>Takes note of a block.</summary>
    public void Note(PackEntry entry)
    {
        SizeBytes = (long)entry.SizeAfterPages * entry.PageBytes;
        if (entry.Kind == PackEntryKind.Snapshot)
        {
            NoteSnapshot(entry);
        }
        else
        {
            _hasBirth |= entry.Flags.HasFlag(PackEntryFlags.Born);
            if (!entry.Flags.HasFlag(PackEntryFlags.Born) && IsNewer((entry.Epoch, entry.BuildsOn), (Epoch, Last)))
            {
                _unreached = (entry.Epoch, entry.BuildsOn);
            }

            (Epoch, Last) = (entry.Epoch, entry.Last) is var newest && IsNewer(newest, (Epoch, Last)) ? newest : (Epoch, Last);
            if (IsNewer((entry.Epoch, entry.Last), (_snapshotEpoch, _snapshot)))
            {
                _storedSince += entry.StoredBytes;
                _rawSince += entry.RawBytes;
                ChangedSince = ChangedSince == 0 ? entry.FirstTime : ChangedSince;
            }
        }
    }

    /// <summary>Commits so far are of no use to those that come.</summary>
    public void ForgetCommits() => (Epoch, Last) = (0, 0);

    /// <summary>From which commit on a range of commits, the next that the log has, can be restored.</summary>
    /// <param name="epoch">Epoch of the range.</param>
    /// <param name="first">Number of its first commit.</param>
    /// <param name="isBorn">Whether the database was new before its commit 1.</param>
    /// <returns>The number of the first commit that is of use; null when none is before a snapshot is taken.</returns>
    public ulong? FirstOfUse(uint epoch, ulong first, bool isBorn)
    {
        if ((Epoch == epoch && Last > 0 && Last + 1 >= first) || (first == 1 && isBorn))
        {
            return Epoch == epoch ? Math.Max(first, Last + 1) : first;
        }

        return _snapshotEpoch == epoch && _snapshot + 1 >= first ? Math.Max(first, _snapshot + 1) : null;
    }

    /// <summary>What there may be beyond a snapshot of a database of a size. Units: bytes, uncompressed.</summary>
    internal static long RawBytesMax(long sizeBytes) => Math.Max(
        Math.Clamp(SmallRawFactor * sizeBytes, ReadSoonBytes, RawBytesMin), sizeBytes);

    private static bool IsNewer((uint Epoch, ulong Number) left, (uint Epoch, ulong Number) right) =>
        left.Epoch > right.Epoch || (left.Epoch == right.Epoch && left.Number > right.Number);

    private void NoteSnapshot(PackEntry entry)
    {
        if (_snapshotEpoch == entry.Epoch && _snapshot == entry.Last && entry.Flags.HasFlag(PackEntryFlags.ContinuesBefore))
        {
            _snapshotBytes += entry.StoredBytes;
            return;
        }

        if (_snapshotEpoch != 0 && !IsNewer((entry.Epoch, entry.Last), (_snapshotEpoch, _snapshot)))
        {
            return;
        }

        (_snapshotEpoch, _snapshot, _snapshotBytes) = (entry.Epoch, entry.Last, entry.StoredBytes);
        _storedSince = 0;
        _rawSince = 0;

        // A block can reach beyond the snapshot that lies inside of it.
        ChangedSince = IsNewer((Epoch, Last), (entry.Epoch, entry.Last)) ? entry.LastTime : 0;
    }
}
