namespace Shoal.Engine.History.Stores;

/// <summary>What a history store holds at a moment.</summary>
/// <param name="Newest">The newest step.</param>
/// <param name="Head">Its head.</param>
/// <param name="Manifest">What counts.</param>
/// <param name="Steps">All steps with their lengths.</param>
/// <param name="Tails">Those of them with commits that are in no pack, oldest first.</param>
internal sealed record BucketState(ulong Newest, StepHeader Head, BucketManifest Manifest, IReadOnlyDictionary<ulong, long> Steps,
    IReadOnlyList<ulong> Tails);
