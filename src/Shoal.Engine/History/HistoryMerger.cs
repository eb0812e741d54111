namespace Shoal.Engine.History;

/// <summary>Puts small packs of snapshots together, so that there are never many to look into.</summary>
/// <remarks>
/// Blocks are copied as they are. A block is copied at most once per size limit. A damaged pack stays as it is, and others take its
/// place. Thread: the keeper's.
/// </remarks>
internal sealed class HistoryMerger(HistoryFolder folder, DamagedPacks damaged)
{
    /// <summary>Packs that become one.</summary>
    public const int PacksAtOnce = 16;

    /// <summary>Packs smaller than one of these are put together. Units: bytes.</summary>
    private static readonly long[] Limits = [1024 * 1024, 16 * 1024 * 1024];

    /// <summary>Puts some packs together; null when there are none to.</summary>
    /// <returns>The manifest that is in force now; packs that it does not name are to be deleted.</returns>
    /// <exception cref="EngineException">A pack is of a newer version; nothing has changed.</exception>
    public HistoryManifest? Step(HistoryManifest manifest)
    {
        foreach (var limit in Limits)
        {
            while (Small(manifest, limit) is { Length: PacksAtOnce } small)
            {
                try
                {
                    return Merge(manifest, small);
                }
                catch (PackDamagedException error)
                {
                    damaged.Note(error);
                }
            }
        }

        return null;
    }

    private PackInfo[] Small(HistoryManifest manifest, long limit) =>
    [
        .. manifest.Packs.Where(pack => pack.Level == PackLevel.Snapshots && pack.Bytes < limit && !damaged.Contains(pack))
            .Take(PacksAtOnce),
    ];

    private HistoryManifest Merge(HistoryManifest manifest, PackInfo[] sources)
    {
        using var input = CompactionInput.Open(folder, sources, after: null);
        var header = input.Header with { Level = PackLevel.Snapshots };
        var name = HistoryFolder.NameOf(manifest.NextPack, header);
        using var writer = folder.Begin(name, header);
        var buffer = new BlockBuffer();
        while (input.MoveNext())
        {
            foreach (var (reader, entry) in input.Blocks)
            {
                writer.Copy(entry, reader.ReadStored(entry, buffer).Span);
            }
        }

        var packs = manifest.Packs.ToList();
        packs.Insert(packs.IndexOf(sources[0]), folder.Publish(name, writer));
        packs.RemoveAll(pack => sources.Contains(pack));
        var next = manifest with { NextPack = manifest.NextPack + 1, Packs = packs };
        folder.Save(next);
        return next;
    }
}
