using System.Text;

namespace Shoal.Engine.Requests;

/// <summary>SQL text with the values for its parameters; one element of a batch.</summary>
/// <param name="Sql">UTF-8 text of one or several statements; borrowed until the request has completed.</param>
/// <param name="Parameters">
/// Values in order of first appearance. With several statements only the last one may have parameters.
/// </param>
public readonly record struct SqlBatchItem(ReadOnlyMemory<byte> Sql, ReadOnlyMemory<SqlValue> Parameters)
{
    /// <summary>An item from a string (allocates its UTF-8 form).</summary>
    public SqlBatchItem(string sql, params SqlValue[] parameters)
        : this(Encoding.UTF8.GetBytes(sql), parameters)
    {
    }
}
