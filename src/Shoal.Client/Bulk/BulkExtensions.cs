namespace Shoal.Client.Bulk;

/// <summary>Writes any number of rows to a database in few requests.</summary>
/// <remarks>
/// Rows are read as they are needed: memory holds two batches, whatever the input. Batches are sent in order, one at a time.
/// Errors: <see cref="BulkWriteException"/>, with the report, when more rows are refused than
/// <see cref="BulkOptions.RejectedMax"/> bears or a batch does not get through;
/// <see cref="ShoalException"/> when nothing could begin. Cancelled, or ended by an error of the input, it waits for the batch
/// that is on its way.
/// </remarks>
public static class BulkExtensions
{
    /// <summary>Inserts rows; one whose key is there already is refused.</summary>
    public static Task<BulkReport> InsertManyAsync<T>(this Database database, TableMap<T> map, IEnumerable<T> rows,
        BulkOptions? options = null, CancellationToken cancellation = default) =>
        WriteManyAsync(database, map, rows, WriteMode.Insert, options, cancellation);

    /// <summary>Inserts rows; one whose key is there already is refused.</summary>
    public static Task<BulkReport> InsertManyAsync<T>(this Database database, TableMap<T> map, IAsyncEnumerable<T> rows,
        BulkOptions? options = null, CancellationToken cancellation = default) =>
        WriteManyAsync(database, map, rows, WriteMode.Insert, options, cancellation);

    /// <summary>Inserts rows, or gives those whose key is there the new values of all columns that are no key.</summary>
    public static Task<BulkReport> UpsertManyAsync<T>(this Database database, TableMap<T> map, IEnumerable<T> rows,
        BulkOptions? options = null, CancellationToken cancellation = default) =>
        WriteManyAsync(database, map, rows, WriteMode.Upsert(), options, cancellation);

    /// <summary>Inserts rows, or gives those whose key is there the new values of all columns that are no key.</summary>
    public static Task<BulkReport> UpsertManyAsync<T>(this Database database, TableMap<T> map, IAsyncEnumerable<T> rows,
        BulkOptions? options = null, CancellationToken cancellation = default) =>
        WriteManyAsync(database, map, rows, WriteMode.Upsert(), options, cancellation);

    /// <summary>Deletes the rows with the keys of these.</summary>
    public static Task<BulkReport> DeleteManyAsync<T>(this Database database, TableMap<T> map, IEnumerable<T> rows,
        BulkOptions? options = null, CancellationToken cancellation = default) =>
        WriteManyAsync(database, map, rows, WriteMode.Delete, options, cancellation);

    /// <summary>Deletes the rows with the keys of these.</summary>
    public static Task<BulkReport> DeleteManyAsync<T>(this Database database, TableMap<T> map, IAsyncEnumerable<T> rows,
        BulkOptions? options = null, CancellationToken cancellation = default) =>
        WriteManyAsync(database, map, rows, WriteMode.Delete, options, cancellation);

    /// <summary>Writes rows; <paramref name="mode"/> says what happens to keys that are there already.</summary>
    public static Task<BulkReport> WriteManyAsync<T>(this Database database, TableMap<T> map, IEnumerable<T> rows,
        WriteMode mode, BulkOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return WriteManyAsync(database, map, rows.ToAsyncEnumerable(), mode, options, cancellation);
    }

    /// <summary>Writes rows; <paramref name="mode"/> says what happens to keys that are there already.</summary>
    public static Task<BulkReport> WriteManyAsync<T>(this Database database, TableMap<T> map, IAsyncEnumerable<T> rows,
        WriteMode mode, BulkOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(mode);
        return new BulkWriter<T>(database, map, mode, options ?? new BulkOptions()).WriteAsync(rows, cancellation);
    }
}
