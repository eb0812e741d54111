namespace Shoal.Client.Bulk;

/// <summary>Writes the rows of a <see cref="RowSource"/> as <see cref="BulkExtensions"/> writes objects.</summary>
/// <remarks>
/// The table must be there, with columns of the source's names. Errors: as <see cref="BulkExtensions"/>; an
/// <see cref="ArgumentException"/> when a column of the key is not read.
/// </remarks>
public static class SourceExtensions
{
    /// <summary>Inserts rows; one whose key is there already is refused.</summary>
    public static Task<BulkReport> InsertManyAsync(this Database database, string table, RowSource rows,
        BulkOptions? options = null, CancellationToken cancellation = default) =>
        WriteManyAsync(database, table, [], rows, WriteMode.Insert, options, cancellation);

    /// <summary>Inserts rows, or gives those whose key is there the new values of all columns that are no key.</summary>
    /// <param name="database">Where to.</param>
    /// <param name="table">The table's name.</param>
    /// <param name="key">The columns of its primary key, or of a unique index.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellation">Ends it after the batch that is on its way.</param>
    public static Task<BulkReport> UpsertManyAsync(this Database database, string table, IReadOnlyList<string> key, RowSource rows,
        BulkOptions? options = null, CancellationToken cancellation = default) =>
        WriteManyAsync(database, table, key, rows, WriteMode.Upsert(), options, cancellation);

    /// <summary>Deletes the rows with the keys of these; other columns are read and not sent.</summary>
    public static Task<BulkReport> DeleteManyAsync(this Database database, string table, IReadOnlyList<string> key, RowSource rows,
        BulkOptions? options = null, CancellationToken cancellation = default) =>
        WriteManyAsync(database, table, key, rows, WriteMode.Delete, options, cancellation);

    /// <summary>Writes rows; <paramref name="mode"/> says what happens to keys that are there already.</summary>
    public static Task<BulkReport> WriteManyAsync(this Database database, string table, IReadOnlyList<string> key, RowSource rows,
        WriteMode mode, BulkOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return database.WriteManyAsync(rows.MapTo(table, key), rows.ReadAsync(cancellation), mode, options, cancellation);
    }
}
