namespace Shoal.PowerCut.Load;

/// <summary>The load.</summary>
internal sealed record LoadOptions
{
    public required ulong Seed { get; init; }

    /// <summary>How many times the load was started before on the same databases.</summary>
    public required int Round { get; init; }

    /// <summary>Acknowledged commits after which it ends.</summary>
    public required int Commits { get; init; }

    /// <summary>Databases that live all the time; others come and go.</summary>
    public int Databases { get; init; } = 40;

    public int Writers { get; init; } = 12;

    /// <summary>Told the number of acknowledged commits after each of them.</summary>
    public required Action<int> Committed { get; init; }
}
