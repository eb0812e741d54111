namespace Shoal.Sync.Configuration;

/// <summary>How a row finds its tenant.</summary>
public enum RouteKind
{
    /// <summary>A column of the row names it.</summary>
    Column,

    /// <summary>A column of a parent table's row names it.</summary>
    Lookup,

    /// <summary>The row goes to all tenants.</summary>
    Broadcast,

    /// <summary>All rows go to one database.</summary>
    Single,
}
