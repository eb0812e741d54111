namespace Shoal.PowerCut.Load;

/// <summary>The load put on the engine.</summary>
internal sealed record LoadOptions
{
    /// <summary>The data folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The recording's file for marks.</summary>
    public required string Marks { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>How many times the load was started before on this folder.</summary>
    public required int Round { get; init; }

    /// <summary>Acknowledged commits after which it ends.</summary>
    public required int Commits { get; init; }

    /// <summary>Databases that live all the time; as many again come and go.</summary>
    public int Databases { get; init; } = 40;

    public int Writers { get; init; } = 12;

    /// <summary>Databases that may be open at once: fewer than there are, so that some close and open again.</summary>
    public int OpenMax { get; init; } = 24;
}
