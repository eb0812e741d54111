namespace Shoal.Engine.Catalog;

/// <summary>What an API token may do.</summary>
public enum TokenPermission
{
    /// <summary>Queries that do not write.</summary>
    Read = 0,

    /// <summary>Everything on the databases it reaches.</summary>
    Write = 1,

    /// <summary>Everything, tokens included.</summary>
    Admin = 2,
}
