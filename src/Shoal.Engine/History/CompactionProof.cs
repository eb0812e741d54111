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
    /// <param name="rest">Called every few hundred microseconds of work; what it throws ends the check.</param>
    /// <returns>False when somebody has asked for a bookmark while its commit was being left out: all is to be done again.</returns>
    /// <exception cref="EngineException">Something is missing that has to be there.</exception>
    public static bool Check(
        HistoryFolder folder, HistoryManifest manifest, KnownBookmarks known, Func<DatabaseId, bool> isKept, Action rest)
    {
        var work = manifest.Work!;
        using var inputs = Open(work.Inputs);
        using var outputs = Open(work.Outputs);
        var hasOutput = outputs.MoveNext();
        while (inputs.MoveNext())
        {
            rest();
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

        CompactionInput Open(IReadOnlyList<ulong> serials) =>
            CompactionInput.Open(folder, manifest.Packs.Where(pack => serials.Contains(pack.Serial)), after: null, rest);
    }

    /// <summary>Whether outputs have the states after some commits, as far as inputs do.</summary>
    /// <exception cref="EngineException">A pack can not be read.</exception>
    public static bool HasAll(
        HistoryFolder folder, HistoryManifest manifest, IReadOnlyList<(DatabaseId Id, uint Epoch, ulong Number)> commits)
    {
        var work = manifest.Work!;
        using var packs = new OpenPacks(name => PackReader.Open(folder.PathOf(name)));
        return commits.Distinct().All(commit => IsIn(work.Outputs, commit) || !IsIn(work.Inputs, commit));

        bool IsIn(IReadOnlyList<ulong> serials, (DatabaseId Id, uint Epoch, ulong Number) commit) => manifest.Packs
            .Where(pack => serials.Contains(pack.Serial)).Select(pack => packs.Get(pack.Name))
            .Any(pack => Holds([.. pack.Find(commit.Id).Select(entry => (pack, entry))], commit.Epoch, commit.Number));
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
