using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Shoal.Client.Rows;

namespace Shoal.Benchmarks.Micro;

/// <summary>Rows of a reply becoming records: by the mapper from build time, and by the one that is compiled at the first use.</summary>
public class RowMapperBenchmarks
{
    private const int RowCount = 1_000;

    private static readonly string[] Columns = ["id", "name", "email", "score", "active"];

    private readonly byte[] _rows = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Range(1, RowCount).Select(static id => string.Create(
        CultureInfo.InvariantCulture, $"[{id},\"User number {id}\",\"user{id}@example.com\",{id * 0.25},1]"))) + "]");

    private readonly byte[] _one = Encoding.UTF8.GetBytes("[[1,\"User number 1\",\"user1@example.com\",0.25,1]]");

    [Benchmark(OperationsPerInvoke = RowCount)]
    public int GeneratedRow() => Read<GeneratedUser>(_rows);

    [Benchmark(OperationsPerInvoke = RowCount, Baseline = true)]
    public int CompiledRow() => Read<CompiledUser>(_rows);

    [Benchmark]
    public int GeneratedSingle() => Read<GeneratedUser>(_one);

    [Benchmark]
    public int CompiledSingle() => Read<CompiledUser>(_one);

    /// <summary>What the first use of a type costs without generated code.</summary>
    [Benchmark]
    public object CompileMapper() => RowMapper<CompiledUser>.CompileMap();

    private static int Read<T>(byte[] rows)
    {
        var map = RowMapper<T>.For(Columns);
        var list = new List<T>();
        var row = new JsonRows(rows).Open(Columns);
        while (row.MoveNext())
        {
            list.Add(map(row));
        }

        return list.Count;
    }
}
