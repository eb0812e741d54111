using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Turns a range of the commit log into a pack.</summary>
/// <remarks>
/// A plain step from one manifest to the next: the pack is durable before the manifest that names it, and the caller lets go of
/// the log after that. A stop at any point leaves the log as it was. Thread: the keeper's.
/// </remarks>
internal sealed class HistorySealer(HistoryFolder folder, CommitLog log, HistoryChains chains, uint epoch, Func<DatabaseId, bool> isBorn)
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

        // Segments can be missing when an older program wrote the folder in between.
        var from = segments[0].Header.Sequence == manifest.Sealed.Sequence
            ? manifest.Sealed
            : new LogPosition(segments[0].Header.Sequence, SegmentHeader.BlockBytes);
        var some = segments.Length > SegmentsPerPack
            ? UnsealedCommits.Read(segments[..SegmentsPerPack], from, segments[SegmentsPerPack].Header.PreviousEnd)
            : null;
        var commits = some is not null && some.End > from ? some : UnsealedCommits.Read(segments, from, to);
        if (commits.End <= from)
        {
            return manifest;
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

    private void Write(PackWriter writer, DatabaseId database, IReadOnlyList<RedoRecord> records)
    {
        var first = records[0].Header.Number;
        var born = first == 1 && isBorn(database);
        if (chains.Of(database).FirstOfUse(epoch, first, born) is not { } from)
        {
            WithoutBase.Add(database);
            return;
        }

        if (records[^1].Header.Number < from)
        {
            return;
        }

        writer.Begin(database, PackEntryKind.Commits, epoch, born && from == 1 ? PackEntryFlags.Born : PackEntryFlags.None);
        foreach (var (segment, header) in records)
        {
            if (header.Number < from)
            {
                continue;
            }

            var body = new byte[header.LengthBytes - LogRecordHeader.Bytes];
            if (segment.Read(body, header.Position.OffsetBytes + LogRecordHeader.Bytes) != body.Length
                || Crc32C.Append(0, body) != header.BodyCrc)
            {
                throw LogDamagedException.At(segment.Path, header.Position.OffsetBytes, "a record can not be read back as it was");
            }

            var part = new PackPart(header.Number, header.Number - 1, header.Time, header.SizeAfterPages, header.PageBytes,
                header.PageCount, header.Flags.HasFlag(LogRecordFlags.Continues));
            writer.Add(part, body.AsSpan(0, part.BodyBytes));
        }

        writer.End();
    }
}
