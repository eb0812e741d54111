using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Packs that are being put together: a stop in between goes on behind the last database that is done.</summary>
/// <param name="Level">What they become.</param>
/// <param name="Done">The last database whose blocks are in <paramref name="Outputs"/>; null for none.</param>
/// <param name="Inputs">Serial numbers of the packs that go when all is done.</param>
/// <param name="Outputs">Serial numbers of the packs that are written so far.</param>
internal sealed record HistoryWork(PackLevel Level, DatabaseId? Done, IReadOnlyList<ulong> Inputs, IReadOnlyList<ulong> Outputs)
{
    /// <summary>Whether a pack must stay as it is until all is done.</summary>
    public bool Uses(PackInfo pack) => Inputs.Contains(pack.Serial) || Outputs.Contains(pack.Serial);
}
