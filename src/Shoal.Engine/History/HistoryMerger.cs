namespace Shoal.Engine.History;

/// <summary>Puts small packs together, so that there are never many to look into.</summary>
/// <remarks>Blocks are copied as they are. A pack is copied at most once per size limit. Thread: the keeper's.</remarks>
internal sealed class HistoryMerger(HistoryFolder folder)
{
    /// <summary>Packs that become one.</summary>
    private const int PacksAtOnce = 16;

    /// <summary>Packs smaller than one of these are put together. Units: bytes.</summary>
    private static readonly long[] Limits = [1024 * 1024, 16 * 1024 * 1024];

    /// <summary>Puts one run of packs together; null when there is none to.</summary>
    /// <returns>The manifest that is in force now; packs that it does not name are to be deleted.</returns>
    /// <exception cref="EngineException">A pack can not be read; nothing has changed.</exception>
    public HistoryManifest? Step(HistoryManifest manifest)
    {
        foreach (var limit in Limits)
        {
            var start = 0;
            for (var index = 0; index < manifest.Packs.Count; index++)
            {
                start = manifest.Packs[index].Bytes < limit ? start : index + 1;
                if (index - start + 1 == PacksAtOnce)
                {
                    return Merge(manifest, start);
                }
            }
        }

        return null;
    }

    private HistoryManifest Merge(HistoryManifest manifest, int start)
    {
        var sources = manifest.Packs.Skip(start).Take(PacksAtOnce).ToArray();
        var readers = new List<PackReader>();
        try
        {
            foreach (var source in sources)
            {
                readers.Add(PackReader.Open(folder.PathOf(source.Name)));
            }

            var header = readers[^1].Header with { Level = PackLevel.Merged, First = readers[0].Header.First };
            var name = HistoryFolder.NameOf(manifest.NextPack, header);
            using var writer = folder.Begin(name, header);

            // Blocks of one database beside each other: a restore then reads them in one go.
            var entries = readers.SelectMany(static reader => reader.ReadIndex().Select(entry => (Reader: reader, Entry: entry))).ToArray();
            foreach (var (reader, entry) in entries.OrderBy(static one => one.Entry, Comparer<PackEntry>.Create(PackEntry.Compare)))
            {
                writer.Copy(entry, reader.ReadStored(entry));
            }

            var merged = folder.Publish(name, writer);
            var next = manifest with
            {
                NextPack = manifest.NextPack + 1,
                Packs = [.. manifest.Packs.Take(start), merged, .. manifest.Packs.Skip(start + PacksAtOnce)],
            };
            folder.Save(next);
            return next;
        }
        finally
        {
            readers.ForEach(static reader => reader.Dispose());
        }
    }
}
