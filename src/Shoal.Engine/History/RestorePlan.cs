namespace Shoal.Engine.History;

/// <summary>Which blocks make up a database at one commit.</summary>
/// <param name="Number">The commit.</param>
/// <param name="Base">The commit that <paramref name="Blocks"/> begin after; 0 for a new database.</param>
/// <param name="Snapshot">The blocks of the base, in order; none when it is a new database.</param>
/// <param name="Blocks">The commits after it, in order.</param>
internal sealed record RestorePlan(
    ulong Number, ulong Base, IReadOnlyList<PlacedEntry> Snapshot, IReadOnlyList<PlacedEntry> Blocks);
