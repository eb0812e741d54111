namespace Shoal.Engine.History.Stores;

/// <summary>How a node is made anew from a history store.</summary>
public sealed class NodeRestoreOptions
{
    /// <summary>Where from. Required.</summary>
    public required IObjectStore Store { get; init; }

    /// <summary>The data folder; empty, missing, or left by a restore that was stopped. Required.</summary>
    public required string DataFolder { get; init; }

    /// <summary>What databases were at this time; null for the newest that the store has.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Names or ids of databases; empty for all.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];

    /// <summary>
    /// Whether a database whose wanted state is in a pack that is missing or damaged gets the nearest state before it. Without,
    /// nothing is restored then.
    /// </summary>
    public bool Nearest { get; init; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How long the first pause is before a request to the store is repeated; a test gives its own.</summary>
    internal TimeSpan StoreRetryPause { get; init; } = TimeSpan.FromMilliseconds(100);
}
