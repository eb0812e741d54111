namespace Shoal.Client.Batching;

/// <summary>In which order items reach the databases.</summary>
public enum ItemOrder
{
    /// <summary>In none: batches for one database may be on their way at once. The fastest.</summary>
    None,

    /// <summary>Items with the same key in the order they were given; others in none.</summary>
    PerKey,

    /// <summary>All items of a database in the order they were given.</summary>
    PerDatabase,

    /// <summary>All items in the order they were given, one request at a time. The slowest.</summary>
    Global,
}
