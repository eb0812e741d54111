namespace Shoal.Client.Tests.Batching;

internal sealed record Item(long Id, string? Name = "good", long Version = 1, string Database = "shop", bool Gone = false)
{
    public static implicit operator Item(int id) => new((long)id);
}
