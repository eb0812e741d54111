namespace Shoal.Engine.History.Stores;

/// <summary>A node that was made anew.</summary>
/// <param name="Databases">How many databases it has.</param>
/// <param name="DatabaseBytes">Their size.</param>
/// <param name="Packs">Packs that were fetched or already there.</param>
/// <param name="PackBytes">Their size.</param>
/// <param name="CompleteUntil">All commits until then were in the store.</param>
/// <param name="Damaged">Packs that are missing or damaged.</param>
/// <param name="NotNewest">Databases that got a state before the wanted one, with what is known of it.</param>
public sealed record NodeRestoreResult(int Databases, long DatabaseBytes, int Packs, long PackBytes, DateTimeOffset CompleteUntil,
    IReadOnlyList<string> Damaged, IReadOnlyList<string> NotNewest);
