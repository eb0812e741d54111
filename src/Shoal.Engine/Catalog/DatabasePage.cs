namespace Shoal.Engine.Catalog;

/// <summary>One page of a list of databases, oldest first.</summary>
/// <param name="Databases">The page.</param>
/// <param name="TotalCount">Databases on all pages.</param>
public sealed record DatabasePage(IReadOnlyList<DatabaseRecord> Databases, int TotalCount);
