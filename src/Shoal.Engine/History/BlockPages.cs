namespace Shoal.Engine.History;

/// <summary>Which pages the commits of a block have written.</summary>
/// <param name="Written">Their numbers, each once.</param>
/// <param name="LeastPages">The smallest size of the database after one of the commits.</param>
internal sealed record BlockPages(uint[] Written, uint LeastPages);
