using System.Globalization;
using Shoal.Engine.Storage;

namespace Shoal.Engine.History.Stores;

/// <summary>What a node remembers of its history store, in the file <c>STORE</c> beside its packs.</summary>
/// <remarks>By it a node knows the store as its own; one that is lost, or copied, is not taken for the owner.</remarks>
/// <param name="Node">Who the node is to its store; another one after each restore.</param>
/// <param name="From">The node it was restored from, and takes over; null when it has written itself.</param>
/// <param name="Step">The last step that it has written or tried to write, or was restored from.</param>
/// <param name="Bases">The epoch of bookmarks for which every database has a base in packs; 0 for none.</param>
internal sealed record StoreNote(Guid Node, Guid? From, ulong Step, uint Bases)
{
    private const string Name = "STORE";
    private const string Title = "shoal-store-note 1";

    /// <summary>Reads the note of a history folder; null when there is none.</summary>
    /// <exception cref="EngineException">It is damaged.</exception>
    public static StoreNote? Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path))
        {
            return null;
        }

        var fields = File.ReadAllText(path).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return fields is ["shoal-store-note", "1", var node, var from, var step, var bases]
            && Guid.TryParse(node, out var nodeId)
            && ulong.TryParse(step, CultureInfo.InvariantCulture, out var number)
            && uint.TryParse(bases, CultureInfo.InvariantCulture, out var epoch)
            ? new StoreNote(nodeId, Guid.TryParse(from, out var fromId) ? fromId : null, number, epoch)
            : throw new EngineException(EngineErrorKind.Corruption, $"the file {path} can not be read",
                "It says which history store is the node's own. Delete it, and give an empty store.");
    }

    /// <summary>Replaces the note, durably.</summary>
    public void Save(string folder) => DataFolder.WriteDurably(folder, Name, string.Create(CultureInfo.InvariantCulture,
        $"{Title}\n{Node} {(From is { } from ? from.ToString() : "-")} {Step} {Bases}\n"));
}
