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

    private const int PageRows = 2_000;

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
        await ReadAsync(connection, table, fields =>
        {
            var values = RowDigest.Of(table, fields);
            expected[RowDigest.Key(table, values)] = RowDigest.Hash(values);
        }, cancellation);
        Rows += expected.Count;
        var changes = new List<RowChange>();
        await foreach (var (values, key) in PagesAsync(table, cancellation))
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
            await ReadAsync(connection, table, fields =>
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

    private async Task ReadAsync(NpgsqlConnection connection, TablePlan table, Action<string?[]> take, CancellationToken cancellation)
    {
        await using var reader = await CopyReader.OpenAsync(connection, table.CopyQuery(tenant), table.Columns.Count + 1, cancellation);
        var fields = new string?[table.Columns.Count];
        while (await reader.ReadAsync(cancellation))
        {
            for (var index = 0; index < fields.Length; index++)
            {
                fields[index] = reader.Text(index);
            }

            take(fields);
        }
    }

    /// <summary>The tenant's rows, in pages by key.</summary>
    private async IAsyncEnumerable<(string[] Values, SqlValue[] Key)> PagesAsync(TablePlan table,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var holes = string.Join(", ", table.Keys.Select(static _ => "?"));
        var select = $"SELECT {table.Sql.Columns} FROM {table.Sql.Name}";
        var order = $" ORDER BY {table.Sql.Keys} LIMIT {PageRows}";
        var next = database.Prepare($"{select} WHERE ({table.Sql.Keys}) > ({holes}){order}");
        var statement = database.Prepare(select + order);
        while (true)
        {
            var page = await statement.AllAsync(row => (Values: RowDigest.Of(table, row), Key: KeyOf(table, row)), cancellation);
            foreach (var row in page)
            {
                yield return row;
            }

            if (page.Count < PageRows)
            {
                yield break;
            }

            statement = next.Bind(page[^1].Key);
        }
    }

    private static SqlValue[] KeyOf(TablePlan table, RowReader row) => [.. table.Keys.Select(key => row.GetValue(key) switch
    {
        long integer => integer,
        double real => real,
        byte[] blob => blob,
        var text => (SqlValue)(string?)text,
    })];
}
