using System.Runtime.CompilerServices;
using Npgsql;
using Shoal.Client;
using Shoal.Client.Rows;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;

namespace Shoal.Sync.Verification;

/// <summary>Reads the rows of one tenant and table from both sides, for comparing them.</summary>
internal static class ComparedRows
{
    /// <summary>Rows of the tenant's database in one answer.</summary>
    private const int PageRows = 2_000;

    /// <summary>Reads what PostgreSQL has, as the connection sees it.</summary>
    /// <param name="connection">May be in a transaction that sees one moment.</param>
    /// <param name="tenant">Whose rows.</param>
    /// <param name="table">The table.</param>
    /// <param name="take">Gets each row as PostgreSQL prints it, in columns' order; the array is used again for the next.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task ReadSourceAsync(NpgsqlConnection connection, string tenant, TablePlan table, Action<string?[]> take,
        CancellationToken cancellation)
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

    /// <summary>Reads what the tenant's database has, in pages by key.</summary>
    /// <returns>Each row's values in the form of <see cref="RowDigest"/>, and its key as SQL values.</returns>
    public static async IAsyncEnumerable<(string[] Values, SqlValue[] Key)> ReadTenantAsync(Database database, TablePlan table,
        [EnumeratorCancellation] CancellationToken cancellation)
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
