namespace Shoal.Sync.Streaming;

/// <summary>A table has changed its columns: the run begins again with a new plan.</summary>
internal sealed class SchemaChangedException(string table) : Exception($"the columns of {table} have changed");
