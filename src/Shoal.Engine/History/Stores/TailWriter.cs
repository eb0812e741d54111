using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.History.Stores;

/// <summary>Makes a small pack of commits that only the log has, for all databases together.</summary>
/// <remarks>The node's own packs do not become more by it. Thread: one.</remarks>
internal sealed class TailWriter(CommitLog log, uint epoch, Func<DatabaseId, bool> isBorn, string scratch)
{
    /// <summary>Makes a pack of a part of the log.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it ends at the latest; durable.</param>
    /// <returns>
    /// The pack, empty when no commit of a user is in it, and where it ends; null when the log does not have all of that part any more.
    /// </returns>
    /// <exception cref="EngineException">The log can not be read.</exception>
    public (byte[] Pack, LogPosition End)? Write(LogPosition from, LogPosition to)
    {
        log.HoldFrom(from);
        try
        {
            var segments = log.SegmentsFrom(from).Where(segment => segment.Header.Sequence <= to.Sequence).ToArray();
            if (segments.Length == 0 || segments[0].Header.Sequence != from.Sequence)
            {
                return null;
            }

            var commits = UnsealedCommits.Read(segments, segments.Length, from, to);
            if (commits.Cut is not null)
            {
                return null;
            }

            var header = new PackHeader(PackLevel.Commits, log.Epoch, from, commits.End);
            var path = Path.Combine(scratch, $"tail-{DatabaseId.NewRandom()}");
            using (var writer = new PackWriter(path, header))
            {
                foreach (var (database, records) in commits.ByDatabase)
                {
                    var isFirst = records[0].Header.Number == 1 && isBorn(database);
                    writer.Begin(database, PackEntryKind.Commits, epoch, isFirst ? PackEntryFlags.Born : PackEntryFlags.None);
                    SealedRecords.Write(writer, records, from: 0);
                    writer.End();
                }

                if (writer.Entries.Count == 0)
                {
                    return ([], commits.End);
                }

                writer.Finish();
            }

            var pack = File.ReadAllBytes(path);
            File.Delete(path);
            return (pack, commits.End);
        }
        finally
        {
            log.HoldFrom(LogPosition.Last);
        }
    }
}
