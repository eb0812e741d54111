namespace Shoal.Sync.Configuration;

/// <summary>A configuration file, read and checked.</summary>
public sealed record SyncConfiguration(IReadOnlyList<SourceSettings> Sources);
