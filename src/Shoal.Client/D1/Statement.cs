using System.Runtime.CompilerServices;
using Shoal.Client.Channels;
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

    internal Statement(Database database, RequestScope scope, StatementText text, SqlValue[] values, bool isRepeatable)
    {
        _database = database;
        Scope = scope;
        Text = text;
        _values = values;
        IsRepeatable = isRepeatable;
    }

    /// <summary>The SQL.</summary>
    public string Sql => Text.Sql;

    /// <summary>
    /// Whether it is sent again when nobody knows whether it ran: it only reads, or <see cref="AsIdempotent"/> was said.
    /// </summary>
    public bool IsRepeatable { get; }

    internal StatementText Text { get; }

    internal ReadOnlySpan<SqlValue> Values => _values;

    internal Database Owner => _database;

    internal RequestScope Scope { get; }

    /// <summary>The same SQL with these values for its parameters, in order.</summary>
    public Statement Bind(params ReadOnlySpan<SqlValue> values) =>
        new(_database, Scope, Text, values.ToArray(), IsRepeatable);

    /// <summary>The same, sent again also when it may have run already: running it twice does no harm.</summary>
    public Statement AsIdempotent() => new(_database, Scope, Text, _values, isRepeatable: true);

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

    /// <summary>Rows one by one, by name of column or the first column for a scalar, while the reply is still being read.</summary>
    /// <remarks>Cost: memory for some rows, whatever the result. An error may come after rows were seen.</remarks>
    public IAsyncEnumerable<T> StreamAsync<T>(CancellationToken cancellation = default) =>
        StreamCoreAsync(RowMapper<T>.For, cancellation);

    /// <summary>Rows one by one, each made by <paramref name="map"/>, while the reply is still being read.</summary>
    /// <remarks>Cost: memory for some rows, whatever the result. An error may come after rows were seen.</remarks>
    public IAsyncEnumerable<T> StreamAsync<T>(Func<RowReader, T> map, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(map);
        return StreamCoreAsync(_ => map, cancellation);
    }

    private static object?[] ToValues(RowReader row)
    {
        var values = new object?[row.Count];
        for (var column = 0; column < values.Length; column++)
        {
            values[column] = row.GetValue(column);
        }

        return values;
    }

    private StatementBatch ToBatch()
    {
        var batch = _database.Client.Channel.NewBatch(isSingle: true);
        batch.Add(Text, _values);
        return batch;
    }

    private async Task<T> OneAsync<T>(Func<StatementResult, T> read, CancellationToken cancellation)
    {
        using var reply = await _database.RunAsync(ToBatch(), IsRepeatable, Scope, cancellation).ConfigureAwait(false);

        // Of several statements in one text the last one's rows count, as with D1's own client.
        return reply.Results is [.., var last] ? read(last)
            : throw ApiErrors.Malformed("it holds no result", _database.Name);
    }

    private async IAsyncEnumerable<T> StreamCoreAsync<T>(Func<IReadOnlyList<string>, Func<RowReader, T>> mapper,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var rows = await _database.StreamAsync(ToBatch(), IsRepeatable, Scope, cancellation).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            var columns = await rows.ReadColumnsAsync(cancellation).ConfigureAwait(false);
            var map = mapper(columns);
            while (await rows.ReadRowsAsync(cancellation).ConfigureAwait(false) is { } reader)
            {
                while (reader.MoveNext())
                {
                    yield return map(reader);
                }
            }
        }
    }
}
