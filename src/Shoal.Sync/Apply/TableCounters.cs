namespace Shoal.Sync.Apply;

/// <summary>What was applied to one table, at all tenants, by what became of the rows.</summary>
internal sealed class TableCounters
{
    private readonly long[] _rows = new long[Enum.GetValues<RowChangeKind>().Length];

    public long Of(RowChangeKind kind) => Interlocked.Read(ref _rows[(int)kind]);

    public void Add(RowChangeKind kind, int rows) => Interlocked.Add(ref _rows[(int)kind], rows);
}
