using Npgsql;

namespace Shoal.Sync.Postgres;

/// <summary>Reads tables out of PostgreSQL's catalog.</summary>
internal static class SourceCatalog
{
    private const string ColumnsSql = """
        WITH RECURSIVE base AS (
          SELECT a.attnum, a.attname, a.attnotnull, a.attgenerated <> '' AS generated, a.atttypid AS type,
            format_type(a.atttypid, a.atttypmod) AS declared, a.atttypid AS number
          FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
          UNION ALL
          SELECT b.attnum, b.attname, b.attnotnull, b.generated, t.typbasetype, b.declared, b.number
          FROM base b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd')
        SELECT b.attname, coalesce(e.typname, t.typname)::text, e.oid IS NOT NULL, coalesce(e.typdelim, t.typdelim)::text,
          b.attnotnull, b.generated, b.declared, b.number::int8
        FROM base b JOIN pg_type t ON t.oid = b.type
        LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
        WHERE t.typtype <> 'd' ORDER BY b.attnum
        """;

    private const string IndexesSql = """
        SELECT i.indisprimary, i.indisreplident, array_agg(a.attname::text ORDER BY k.ord)
        FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, ord)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = $1::oid AND k.ord <= i.indnkeyatts GROUP BY i.indexrelid, i.indisprimary, i.indisreplident
        """;

    /// <summary>A table, or null when there is none with this name.</summary>
    public static async Task<SourceTable?> FindAsync(NpgsqlConnection connection, string schema, string name,
        CancellationToken cancellation)
    {
        const string Sql = "SELECT c.oid::int8, c.relreplident FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            + "WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')";
        long oid;
        char identity;

        // Of one moment: tables are altered meanwhile.
        await using var moment = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        await using (var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = schema }, new() { Value = name } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            if (!await reader.ReadAsync(cancellation))
            {
                return null;
            }

            oid = reader.GetInt64(0);
            identity = reader.GetChar(1);
        }

        var columns = new List<SourceColumn>();
        await using (var command = new NpgsqlCommand(ColumnsSql, connection) { Parameters = { new() { Value = oid } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                columns.Add(new SourceColumn(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.GetString(3)[0],
                    reader.GetBoolean(4), reader.GetBoolean(5), reader.GetString(6), (uint)reader.GetInt64(7)));
            }
        }

        string[] primary = [];
        string[] replica = [];
        var indexed = new List<string>();
        await using (var command = new NpgsqlCommand(IndexesSql, connection) { Parameters = { new() { Value = oid } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                var names = reader.GetFieldValue<string[]>(2);
                primary = reader.GetBoolean(0) ? names : primary;
                replica = reader.GetBoolean(1) ? names : replica;
                indexed.Add(names[0]);
            }
        }

        return new SourceTable
        {
            Oid = (uint)oid,
            Schema = schema,
            Name = name,
            Columns = columns,
            PrimaryKey = primary,
            Identity = identity switch
            {
                'f' => ReplicaIdentity.Full,
                'i' => ReplicaIdentity.Index,
                'n' => ReplicaIdentity.Nothing,
                _ => ReplicaIdentity.Default,
            },
            IdentityColumns = identity switch
            {
                'f' => [.. columns.Select(static column => column.Name)],
                'i' => replica,
                'n' => [],
                _ => primary,
            },
            IndexedColumns = indexed,
        };
    }
}
