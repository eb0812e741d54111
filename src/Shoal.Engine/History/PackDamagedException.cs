using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>A pack of history is missing or damaged.</summary>
/// <param name="path">The pack's file.</param>
/// <param name="why">What is wrong with it.</param>
/// <param name="database">Whose history was wanted, if known.</param>
internal sealed class PackDamagedException(string path, string why, DatabaseId? database) : EngineException(
    EngineErrorKind.Corruption, $"the history pack {path} can not be read: {why}",
    "Look at the disk. What is in other packs can still be restored; `shoal db history NAME` lists it.", database)
{
    /// <summary>The pack's file name.</summary>
    public string Pack { get; } = Path.GetFileName(path);
}
