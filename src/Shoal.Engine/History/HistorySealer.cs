using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Turns a range of the commit log into a pack.</summary>
/// <remarks>
/// A plain step from one manifest to the next: the pack is durable before the manifest that names it, and the caller lets go of
/// the log after that. A stop at any point leaves the log as it was. Thread: the keeper's.
/// </remarks>
/// <param name="folder">Gets the packs.</param>
/// <param name="log">What is sealed.</param>
/// <param name="chains">How far databases are.</param>
/// <param name="epoch">Epoch of the bookmarks.</param>
/// <param name="isBorn">Whether a database was new before its commit 1.</param>
/// <param name="isAwaiting">Whether a base of a database is being written that has all commits before now.</param>
/// <param name="missing">
/// Told when a part of the log can not be had that was never sealed: where it begins and ends, and what is damaged, if it is there.
/// </param>
internal sealed class HistorySealer(HistoryFolder folder, CommitLog log, HistoryChains chains, uint epoch, Func<DatabaseId, bool> isBorn,
    Func<DatabaseId, bool> isAwaiting, Action<LogPosition, LogPosition, LogDamagedException?> missing)
{
    /// <summary>Segments of the log that go into one pack; more only when one commit is larger.</summary>
    private const int SegmentsPerPack = 2;

    /// <summary>Databases whose commits are of no use before a snapshot of them is taken; found by the last step.</summary>
    public HashSet<DatabaseId> WithoutBase { get; } = [];

    /// <summary>Seals the next part of the log.</summary>
    /// <param name="manifest">What is sealed already.</param>
    /// <param name="to">Not beyond this; durable.</param>
    /// <returns>The manifest that is in force now; the same one when there is nothing to seal before <paramref name="to"/>.</returns>
    /// <exception cref="IOException">The disk refused; nothing has changed.</exception>
    /// <exception cref="EngineException">The log can not be read.</exception>
    public HistoryManifest Step(HistoryManifest manifest, LogPosition to)
    {
        var segments = log.SegmentsFrom(manifest.Sealed).Where(segment => segment.Header.Sequence <= to.Sequence).ToArray();
        if (segments.Length == 0 || manifest.Sealed >= to)
        {
            return manifest;
        }

        // Segments can be missing when somebody deleted them, or when an older program wrote the folder in between.
        var oldest = segments[0].Header;
        var from = oldest.Sequence == manifest.Sealed.Sequence
            ? manifest.Sealed
            : oldest.FirstRecord;
        if (UnsealedLog.IsMissingBefore(manifest.Sealed, oldest))
        {
            missing(manifest.Sealed, from, null);
        }

        var commits = UnsealedCommits.Read(segments, Math.Min(SegmentsPerPack, segments.Length), from, to);
        if (commits.End <= from && commits.Cut is null && segments.Length > SegmentsPerPack)
        {
            commits = UnsealedCommits.Read(segments, segments.Length, from, to);
        }

        if (commits.End <= from)
        {
            return commits.Cut is null ? manifest : StepOver(manifest, from, commits, segments);
        }

        var next = manifest with { Sealed = commits.End };
        var header = new PackHeader(PackLevel.Commits, log.Epoch, from, commits.End);
        var name = HistoryFolder.NameOf(manifest.NextPack, header);
        using (var writer = folder.Begin(name, header))
        {
            foreach (var (database, records) in commits.ByDatabase)
            {
                Write(writer, database, records);
            }

            if (writer.Entries.Count > 0)
            {
                next = next with { NextPack = manifest.NextPack + 1, Packs = [.. manifest.Packs, folder.Publish(name, writer)] };
            }

            folder.Save(next);
            foreach (var entry in writer.Entries)
            {
                chains.Note(entry);
            }
        }

        return next;
    }

    /// <summary>Everything before a gap is sealed: goes on behind it.</summary>
    private HistoryManifest StepOver(HistoryManifest manifest, LogPosition from, UnsealedCommits commits, LogSegment[] segments)
    {
        var behind = segments.SkipWhile(segment => segment != commits.Cut).ElementAtOrDefault(1) ?? throw commits.Damage!;
        var next = manifest with { Sealed = behind.Header.FirstRecord };
        missing(from, next.Sealed, commits.Damage);
        folder.Save(next);
        return next;
    }

    private void Write(PackWriter writer, DatabaseId database, IReadOnlyList<RedoRecord> records)
    {
        var first = records[0].Header.Number;
        var born = first == 1 && isBorn(database);
        if ((chains.Of(database).FirstOfUse(epoch, first, born) ?? (isAwaiting(database) ? first : null)) is not { } from)
        {
            WithoutBase.Add(database);
            return;
        }

        if (records[^1].Header.Number < from)
        {
            return;
        }

        writer.Begin(database, PackEntryKind.Commits, epoch, born && from == 1 ? PackEntryFlags.Born : PackEntryFlags.None);
        SealedRecords.Write(writer, records, from);
        writer.End();
    }
}
