namespace Shoal.Client.Rows;

/// <summary>Rows as an array of arrays in JSON.</summary>
internal sealed class JsonRows(ReadOnlyMemory<byte> json) : IRowSource
{
    public RowReader Open(IReadOnlyList<string> columns) => new JsonRowReader(json, columns);
}
