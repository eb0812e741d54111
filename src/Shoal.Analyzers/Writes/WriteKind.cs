namespace Shoal.Analyzers.Writes;

/// <summary>Whose call writes.</summary>
internal enum WriteKind
{
    /// <summary>A statement of Shoal.Client.</summary>
    Statement,

    /// <summary>A DbCommand.</summary>
    Command,

    /// <summary>Dapper.</summary>
    Dapper,

    /// <summary>EF Core.</summary>
    SaveChanges,
}
