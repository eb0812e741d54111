using Shoal.Engine.Catalog;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Shows that what was put together has all that must stay, before its inputs go.</summary>
/// <remarks>Reads indexes, and blocks only where somebody knows a bookmark.</remarks>
internal static class CompactionProof
{
    /// <summary>Checks outputs against inputs.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="manifest">What names both.</param>
    /// <param name="known">Which bookmarks somebody knows.</param>
    /// <param name="isKept">Whether a database, or what it was, can be asked for.</param>
    /// <returns>False when somebody has asked for a bookmark while its commit was being left out: all is to be done again.</returns>
    /// <exception cref="EngineException">Something is missing that has to be there.</exception>
    public static bool Check(HistoryFolder folder, HistoryManifest manifest, KnownBookmarks known, Func<DatabaseId, bool> isKept)
    {
        var work = manifest.Work!;
        using var inputs = CompactionInput.Open(folder, manifest.Packs.Where(pack => work.Inputs.Contains(pack.Serial)), after: null);
        using var outputs = CompactionInput.Open(folder, manifest.Packs.Where(pack => work.Outputs.Contains(pack.Serial)), after: null);
        var hasOutput = outputs.MoveNext();
        while (inputs.MoveNext())
        {
            if (!isKept(inputs.Database))
            {
                continue;
            }

            while (hasOutput && outputs.Database.Value.CompareTo(inputs.Database.Value) < 0)
            {
                hasOutput = outputs.MoveNext();
            }

            var have = hasOutput && outputs.Database == inputs.Database ? outputs.Blocks : [];
            foreach (var (reader, entry) in inputs.Blocks)
            {
                if (!Has(have, entry))
                {
                    throw PackReader.Damaged(reader.Name,
                        $"commits {entry.First} to {entry.Last} were lost when it was put together with others", entry.Database);
                }
            }

            foreach (var (epoch, number) in known.List(inputs.Database))
            {
                if (!Holds(have, epoch, number) && Holds(inputs.Blocks, epoch, number))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool Has(IReadOnlyList<(PackReader Reader, PackEntry Entry)> blocks, PackEntry entry)
    {
        if (entry.Kind == PackEntryKind.Snapshot)
        {
            return blocks.Any(block => block.Entry.Kind == PackEntryKind.Snapshot && block.Entry.Epoch == entry.Epoch
                && block.Entry.Last == entry.Last && block.Entry.Hash.Span.SequenceEqual(entry.Hash.Span));
        }

        var reached = entry.BuildsOn;
        foreach (var (_, other) in blocks)
        {
            if (other.Kind == PackEntryKind.Commits && other.Epoch == entry.Epoch && other.BuildsOn <= reached && other.Last > reached)
            {
                reached = other.Last;
            }
        }

        return reached >= entry.Last;
    }

    private static bool Holds(IReadOnlyList<(PackReader Reader, PackEntry Entry)> blocks, uint epoch, ulong number) => blocks.Any(
        block => block.Entry.Kind == PackEntryKind.Commits && block.Entry.Epoch == epoch
            && block.Reader.Holds(block.Entry, number));
}
