using System.Globalization;
using Shoal.Engine.Log;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.History;

/// <summary>The files of a history: packs and the manifest, and how they come and go durably.</summary>
/// <remarks>
/// Order: a pack is durable under its name before the manifest names it, and a file is deleted only when the manifest does not
/// name it any more. So a stop in between leaves at most files that nobody knows, which the next opening deletes.
/// Thread: one; packs are begun and written on others, too.
/// </remarks>
internal sealed class HistoryFolder
{
    private const string ManifestName = "MANIFEST";
    private const string Unfinished = ".new";
    private const string PackEnding = ".pack";
    private const string Remedy = $"Bring {ManifestName} back from a backup, all of history/ together, or move the folder away: "
        + "databases are whole without it, and history begins anew.";

    private HistoryFolder(string root, HistoryManifest? manifest)
    {
        Root = root;
        Stored = manifest;
    }

    public string Root { get; }

    /// <summary>The manifest as it was found; null when there was none.</summary>
    public HistoryManifest? Stored { get; }

    /// <summary>Indexes of its packs; safe for any thread.</summary>
    public PackIndexes Indexes { get; } = new();

    /// <summary>What blocks of its packs have written; safe for any thread.</summary>
    public PagesOfBlocks Pages { get; } = new();

    /// <summary>Called around each change; for tests.</summary>
    public Action? Changing { get; set; }

    private string ManifestPath => Path.Combine(Root, ManifestName);

    /// <summary>Opens the folder, creating it when missing, and deletes what no manifest names.</summary>
    /// <exception cref="EngineException">The manifest is damaged, or missing where packs are; nothing was deleted.</exception>
    public static HistoryFolder Open(string root)
    {
        if (!Directory.Exists(root))
        {
            Directory.CreateDirectory(root);
            DirectorySync.Flush(Path.GetDirectoryName(root)!);
        }

        var manifest = ReadManifest(root);
        var folder = new HistoryFolder(root, manifest);
        var known = (manifest?.Packs ?? []).Select(static pack => pack.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(root))
        {
            var name = Path.GetFileName(path);
            if (name.EndsWith(Unfinished, StringComparison.Ordinal)
                || (IsPack(name) && !known.Contains(name)))
            {
                File.Delete(path);
            }
        }

        return folder;
    }

    /// <summary>Begins a folder with packs that are there already.</summary>
    public static HistoryFolder Create(string root, HistoryManifest manifest)
    {
        var folder = new HistoryFolder(root, manifest);
        folder.Save(manifest);
        return folder;
    }

    /// <summary>What is in no pack yet begins here; null when no history is kept, or none yet.</summary>
    /// <exception cref="EngineException">The manifest is damaged, or missing where packs are.</exception>
    public static LogPosition? StartOf(string root, EngineOptions options) => options.History.IsOn ? ReadManifest(root)?.Sealed : null;

    /// <summary>The manifest of a folder; null without one, and without packs.</summary>
    /// <exception cref="EngineException">It is damaged, or missing where packs are.</exception>
    public static HistoryManifest? ReadManifest(string root)
    {
        var path = Path.Combine(root, ManifestName);
        if (!File.Exists(path))
        {
            // The first manifest is there before the first pack: somebody has taken it away, and packs are not to go with it.
            return !Directory.Exists(root) || !Directory.EnumerateFiles(root).Any(IsPack) ? null
                : throw new EngineException(EngineErrorKind.Corruption,
                    $"the history in {root} has packs, but the file {ManifestName} that lists them is missing",
                    "Nothing was deleted. " + Remedy);
        }

        try
        {
            return HistoryManifest.Parse(File.ReadAllText(path));
        }
        catch (Exception error) when (error is FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new EngineException(EngineErrorKind.Corruption, $"the file {path} can not be read: {error.Message}",
                "It lists the packs of history. " + Remedy, innerException: error);
        }
    }

    private static bool IsPack(string path) => path.EndsWith(PackEnding, StringComparison.Ordinal);

    public string PathOf(string pack) => Path.Combine(Root, pack);

    /// <summary>The name of a pack.</summary>
    public static string NameOf(ulong serial, in PackHeader header) => string.Create(CultureInfo.InvariantCulture,
        $"{serial:d8}-{header.LogEpoch:x8}-{(int)header.Level}-{header.First.Value:x16}-{header.Last.Value:x16}.pack");

    /// <summary>The name of a pack's file while it is being written.</summary>
    public static string UnfinishedNameOf(string name) => name + Unfinished;

    /// <summary>Begins a pack; it has no name yet that counts.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="header">What it will say it is.</param>
    /// <param name="rest">Called every few hundred microseconds of work; null to offer the processor to others.</param>
    public PackWriter Begin(string name, in PackHeader header, Action? rest = null)
    {
        var path = PathOf(UnfinishedNameOf(name));
        File.Delete(path);
        return new PackWriter(path, header, rest);
    }

    /// <summary>Gives a finished pack its name, durably.</summary>
    public PackInfo Publish(string name, PackWriter writer)
    {
        Changing?.Invoke();
        writer.Finish();
        return Publish(name, UnfinishedNameOf(name), writer);
    }

    /// <summary>Gives a pack that was begun under another name, and is ended, its own, durably.</summary>
    /// <param name="name">The name.</param>
    /// <param name="written">Its file so far; see <see cref="UnfinishedNameOf"/>.</param>
    /// <param name="writer">What has written it.</param>
    public PackInfo Publish(string name, string written, PackWriter writer)
    {
        // There is one of this name when the manifest that was to name it could not be saved.
        File.Move(PathOf(written), PathOf(name), overwrite: true);
        DirectorySync.Flush(Root);
        Changing?.Invoke();
        foreach (var (entry, pages) in writer.Pages)
        {
            Pages.Add(new PlacedEntry(name, entry), pages);
        }

        return new PackInfo(name, writer.LengthBytes, writer.Entries.Min(static entry => entry.FirstTime),
            writer.Entries.Max(static entry => entry.LastTime));
    }

    /// <summary>Replaces the manifest, durably.</summary>
    public void Save(HistoryManifest manifest)
    {
        var temporary = ManifestPath + Unfinished;
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(manifest.ToString()));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, ManifestPath, overwrite: true);
        DirectorySync.Flush(Root);
        Changing?.Invoke();
    }

    /// <summary>Deletes packs that no manifest names any more.</summary>
    /// <param name="packs">File names.</param>
    /// <param name="manifest">What is believed to be in force.</param>
    /// <exception cref="EngineException">The stored manifest is another one; nothing was deleted.</exception>
    public void Delete(IReadOnlyList<string> packs, HistoryManifest manifest)
    {
        var stored = ReadManifest(Root);
        if (stored is null || !stored.Packs.SequenceEqual(manifest.Packs))
        {
            throw new EngineException(EngineErrorKind.Corruption,
                $"somebody else has written {ManifestPath}; no pack is deleted any more",
                "Only one server may use a data folder. Stop the other one and start this one again.");
        }

        var named = stored.Packs.Select(static pack => pack.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var pack in packs.Where(pack => !named.Contains(pack)))
        {
            File.Delete(PathOf(pack));
            Changing?.Invoke();
        }
    }
}
