namespace Shoal.Engine.History;

/// <summary>What a random sample of restores has shown.</summary>
/// <param name="Seed">Chooses the sample.</param>
/// <param name="Checks">What was restored; empty when nothing has any history yet.</param>
public sealed record RestoreProof(int Seed, IReadOnlyList<RestoreCheck> Checks)
{
    /// <summary>Whether something was restored, and all of it was right.</summary>
    public bool IsGood => Checks.Count > 0 && FailureCount == 0;

    /// <summary>How many states could not be restored as they were.</summary>
    public int FailureCount => Checks.Count(static check => check.Problem is not null);
}
