namespace Shoal.Benchmarks.Client;

/// <summary>A row of the table that rows are copied into, as Entity Framework sees it.</summary>
internal sealed class CopiedItem
{
    public int Id { get; init; }

    public required string Name { get; init; }

    public double Score { get; init; }
}
