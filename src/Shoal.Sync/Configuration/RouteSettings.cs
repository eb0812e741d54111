namespace Shoal.Sync.Configuration;

/// <summary>How the rows of a table find their tenant.</summary>
public sealed record RouteSettings
{
    public required RouteKind Kind { get; init; }

    /// <summary>The tenant column: of the table itself, or for a lookup of the parent.</summary>
    public string Column { get; init; } = "";

    /// <summary>Lookup: the parent table, <c>schema.name</c>.</summary>
    public string Parent { get; init; } = "";

    /// <summary>Lookup: the column of the child that refers to the parent.</summary>
    public string ChildColumn { get; init; } = "";

    /// <summary>Lookup: the parent's column that is referred to.</summary>
    public string ParentColumn { get; init; } = "";

    /// <summary>Single: the tenant key that all rows get.</summary>
    public string Tenant { get; init; } = "";
}
