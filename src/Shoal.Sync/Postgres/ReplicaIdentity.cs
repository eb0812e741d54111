namespace Shoal.Sync.Postgres;

/// <summary>What of the old row an UPDATE or DELETE brings along.</summary>
internal enum ReplicaIdentity
{
    /// <summary>The primary key, and only where it changes.</summary>
    Default,

    /// <summary>Nothing: UPDATE and DELETE fail in the application once the table is published.</summary>
    Nothing,

    /// <summary>The whole row.</summary>
    Full,

    /// <summary>The columns of a unique index.</summary>
    Index,
}
