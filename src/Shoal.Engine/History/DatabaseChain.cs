namespace Shoal.Engine.History;

/// <summary>How far the history of one database is, and what a restore of it would have to read.</summary>
/// <remarks>Thread: the keeper's.</remarks>
internal sealed class DatabaseChain
{
    /// <summary>Small databases need no snapshot for this much. Units: bytes, compressed and not.</summary>
    private const long StoredBytesMin = 256 * 1024;
    private const long RawBytesMin = 8 * 1024 * 1024;

    /// <summary>Commits apply this much faster than a snapshot of the same size is worth storing. Measured by the benchmark.</summary>
    private const int RawFactor = 8;

    private uint _snapshotEpoch;
    private ulong _snapshot;
    private long _snapshotBytes;
    private long _storedSince;
    private long _rawSince;
    private long _sizeBytes;

    /// <summary>Epoch of the newest commit in a pack.</summary>
    public uint Epoch { get; private set; }

    /// <summary>Number of the newest commit in a pack; 0 for none.</summary>
    public ulong Last { get; private set; }

    /// <summary>Time of the oldest commit that no snapshot has. Units: microseconds since 1970; 0 for none.</summary>
    public long ChangedSince { get; private set; }

    /// <summary>Whether restoring takes so much reading that a snapshot is due.</summary>
    public bool IsLong => _storedSince > Math.Max(StoredBytesMin, _snapshotBytes > 0 ? _snapshotBytes : _sizeBytes / 2)
        || _rawSince > Math.Max(RawBytesMin, RawFactor * _sizeBytes);

    /// <summary>Takes note of a block.</summary>
    public void Note(PackEntry entry)
    {
        _sizeBytes = (long)entry.SizeAfterPages * entry.PageBytes;
        if (entry.Kind == PackEntryKind.Snapshot)
        {
            NoteSnapshot(entry);
        }
        else
        {
            (Epoch, Last) = (entry.Epoch, entry.Last) is var newest && IsNewer(newest, (Epoch, Last)) ? newest : (Epoch, Last);
            if (IsNewer((entry.Epoch, entry.Last), (_snapshotEpoch, _snapshot)))
            {
                _storedSince += entry.StoredBytes;
                _rawSince += entry.RawBytes;
                ChangedSince = ChangedSince == 0 ? entry.FirstTime : ChangedSince;
            }
        }
    }

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
