using Shoal.Client.Http;
using Shoal.Client.Rows;

namespace Shoal.Client.D1;

/// <summary>SQL with its parameters, for one database. Binding gives a new one, so a statement can be kept and shared.</summary>
/// <remarks>
/// Thread: safe. Errors: <see cref="ShoalException"/> of all methods that run it; <see cref="OperationCanceledException"/> when
/// cancelled, and then it may have been applied. One whole request is one transaction.
/// </remarks>
public sealed class Statement
{
    private readonly Database _database;
    private readonly SqlValue[] _values;

    internal Statement(Database database, string sql, SqlValue[] values, bool isRepeatable)
    {
        _database = database;
        Sql = sql;
        _values = values;
        IsRepeatable = isRepeatable;
    }

    /// <summary>The SQL.</summary>
    public string Sql { get; }

    /// <summary>
    /// Whether it is sent again when nobody knows whether it ran: it only reads, or <see cref="AsIdempotent"/> was said.
    /// </summary>
    public bool IsRepeatable { get; }

    internal ReadOnlySpan<SqlValue> Values => _values;

    internal Database Owner => _database;

    /// <summary>The same SQL with these values for its parameters, in order.</summary>
    public Statement Bind(params ReadOnlySpan<SqlValue> values) => new(_database, Sql, values.ToArray(), IsRepeatable);

    /// <summary>The same, sent again also when it may have run already: running it twice does no harm.</summary>
    public Statement AsIdempotent() => new(_database, Sql, _values, isRepeatable: true);

    /// <summary>Runs it for its effect.</summary>
    public Task<StatementMeta> RunAsync(CancellationToken cancellation = default) =>
        OneAsync(static result => result.Meta, cancellation);

    /// <summary>
    /// The first row, by name of column into a constructor or properties, or its first column for a scalar; <c>default</c> when
    /// there is no row (take <c>long?</c> to tell that from 0).
    /// </summary>
    public Task<T?> FirstAsync<T>(CancellationToken cancellation = default) =>
        OneAsync(static result => result.First<T>(), cancellation);

    /// <summary>The first row, made by <paramref name="map"/>, or <c>default</c>.</summary>
    public Task<T?> FirstAsync<T>(Func<RowReader, T> map, CancellationToken cancellation = default) =>
        OneAsync(result => result.First(map), cancellation);

    /// <summary>All rows, by name of column into a constructor or properties, or the first column for a scalar.</summary>
    public Task<IReadOnlyList<T>> AllAsync<T>(CancellationToken cancellation = default) =>
        OneAsync(static result => result.Rows<T>(), cancellation);

    /// <summary>All rows, each made by <paramref name="map"/>.</summary>
    public Task<IReadOnlyList<T>> AllAsync<T>(Func<RowReader, T> map, CancellationToken cancellation = default) =>
        OneAsync(result => result.Rows(map), cancellation);

    /// <summary>Columns and all rows as they are.</summary>
    public Task<RawResult> RawAsync(CancellationToken cancellation = default) =>
        OneAsync(static result => new RawResult(result.Columns, result.Rows(ToValues), result.Meta), cancellation);

    private static object?[] ToValues(RowReader row)
    {
        var values = new object?[row.Count];
        for (var column = 0; column < values.Length; column++)
        {
            values[column] = row.GetValue(column);
        }

        return values;
    }

    private async Task<T> OneAsync<T>(Func<StatementResult, T> read, CancellationToken cancellation)
    {
        var body = new JsonBuffer();
        body.Raw("{"u8);
        WriteTo(body);
        body.Raw("}"u8);
        using var reply = await _database.SendAsync(body, statementCount: 1, IsRepeatable, cancellation)
            .ConfigureAwait(false);
        var results = ReplyParser.Parse(reply.Memory, reply.Call);

        // Of several statements in one text the last one's rows count, as with D1's own client.
        return results.Length > 0 ? read(results[^1]) : throw ApiErrors.Malformed("it holds no result", reply.Call);
    }

    internal void WriteTo(JsonBuffer body)
    {
        body.Raw("\"sql\":"u8);
        body.Text(Sql);
        if (_values.Length == 0)
        {
            return;
        }

        body.Raw(",\"params\":["u8);
        for (var index = 0; index < _values.Length; index++)
        {
            if (index > 0)
            {
                body.Raw((byte)',');
            }

            body.Value(_values[index]);
        }

        body.Raw((byte)']');
    }
}
