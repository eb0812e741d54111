namespace Shoal.Protocol.Admin;

/// <summary>Result of <c>POST /admin/backup/verify</c>.</summary>
/// <param name="Seed">The same seed chooses the same databases and moments, as long as there are no others.</param>
/// <param name="Success">Whether something was restored, and all of it was right.</param>
/// <param name="Checks">What was restored.</param>
public sealed record RestoreProofInfo(int Seed, bool Success, IReadOnlyList<RestoreCheckInfo> Checks);
