using Npgsql;
using Shoal.Client;
using Shoal.Client.Rows;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;
using Shoal.Sync.Verification;

namespace Shoal.Sync.Jobs;

/// <summary>
/// What a tenant lacks to be as PostgreSQL is at one moment: rows that are missing or different, and rows that
/// are too many.
/// </summary>
/// <remarks>Memory: a number for every row of one table at a time, and the rows that differ, up to <see cref="BytesMax"/>.</remarks>
internal sealed class TenantDifference(string tenant, Database database)
{
    /// <summary>What fits into one request. Units: bytes, estimated.</summary>
    private const long BytesMax = 4 * 1024 * 1024;

    private readonly List<(TablePlan Table, List<RowChange> Changes)> _tables = [];
    private long _bytes;

    /// <summary>Rows in PostgreSQL.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows that differ.</summary>
    public long Count { get; private set; }

    /// <summary>Whether there are too many to write them at once; then they are only counted.</summary>
    public bool IsTooLarge => _bytes > BytesMax;

    public IReadOnlyList<(TablePlan Table, List<RowChange> Changes)> Tables => _tables;

    /// <summary>Compares a table.</summary>
    /// <param name="connection">In a transaction that sees one moment.</param>
    /// <param name="table">The table.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="FormatException">PostgreSQL has a value that the tenant's form can not hold.</exception>
    public async Task AddAsync(NpgsqlConnection connection, TablePlan table, CancellationToken cancellation)
    {
        if (table.Route.Kind == RouteKind.Single && table.Route.Tenant != tenant)
        {
            return;
        }

        var expected = new Dictionary<string, ulong>(StringComparer.Ordinal);
        await ComparedRows.ReadSourceAsync(connection, tenant, table, fields =>
        {
            var values = RowDigest.Of(table, fields);
            expected[RowDigest.Key(table, values)] = RowDigest.Hash(values);
        }, cancellation);
        Rows += expected.Count;
        var changes = new List<RowChange>();
        await foreach (var (values, key) in ComparedRows.ReadTenantAsync(database, table, cancellation))
        {
            var name = RowDigest.Key(table, values);
            if (!expected.TryGetValue(name, out var hash))
            {
                Add(changes, new RowChange(RowChangeKind.Delete, key, null, 32 * key.Length));
            }
            else if (hash == RowDigest.Hash(values))
            {
                expected.Remove(name);
            }
        }

        // What is left is missing or different; read again at the same moment, now with all values.
        if (expected.Count > 0)
        {
            await ComparedRows.ReadSourceAsync(connection, tenant, table, fields =>
            {
                if (expected.ContainsKey(RowDigest.Key(table, RowDigest.Of(table, fields))))
                {
                    Add(changes, new RowChange(RowChangeKind.Upsert, [.. table.Columns.Select((column, index) =>
                        Values.ValueConverter.Convert(fields[index], column.Type))], null,
                        fields.Sum(static field => 16 + (field?.Length ?? 0))));
                }
            }, cancellation);
        }

        if (changes.Count > 0)
        {
            _tables.Add((table, changes));
        }
    }

    private void Add(List<RowChange> changes, RowChange change)
    {
        Count++;
        _bytes += change.Bytes;
        if (!IsTooLarge)
        {
            changes.Add(change);
        }
    }
}
