namespace Shoal.Sync.Configuration;

/// <summary>A table whose rows come as messages. Nothing but this says what it looks like.</summary>
/// <param name="Name">Name in the tenants' databases, and in messages.</param>
/// <param name="Key">Columns of the primary key, in order.</param>
/// <param name="Columns">Column to type, in the order of the file.</param>
/// <param name="Indexes">Name of an index to its columns, as SQL between the parentheses.</param>
public sealed record QueueTableSettings(string Name, IReadOnlyList<string> Key, IReadOnlyDictionary<string, string> Columns,
    IReadOnlyDictionary<string, string> Indexes);
