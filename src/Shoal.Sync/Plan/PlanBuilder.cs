using System.Globalization;
using Npgsql;
using Shoal.Sync.Configuration;
using Shoal.Sync.Postgres;
using Shoal.Sync.Values;

namespace Shoal.Sync.Plan;

/// <summary>Compares the configuration with PostgreSQL: makes the plan, and says what is missing for it.</summary>
internal sealed class PlanBuilder(SourceSettings settings, SourceServer server)
{
    private readonly List<SyncProblem> _problems = [];

    public IReadOnlyList<SyncProblem> Problems => _problems;

    public async Task<SyncPlan> BuildAsync(CancellationToken cancellation)
    {
        await using var connection = await server.OpenAsync(cancellation);
        await CheckServerAsync(connection, cancellation);
        var tables = new List<TablePlan>();
        foreach (var table in settings.Tables)
        {
            var source = await SourceCatalog.FindAsync(connection, table.Schema, table.Name, cancellation);
            if (source is null)
            {
                Fatal(table.FullName, "the table does not exist, or the role can not see it", null);
            }
            else if (await PlanTableAsync(connection, table, source, cancellation) is { } plan)
            {
                tables.Add(plan);
            }
        }

        await CheckPublicationAsync(connection, cancellation);
        return new SyncPlan(tables);
    }

    private async Task CheckServerAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        const string Sql = "SELECT current_setting('wal_level'), current_setting('max_slot_wal_keep_size'), "
            + "(SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user), current_user::text, "
            + "current_setting('max_replication_slots')::int8 - (SELECT count(*) FROM pg_replication_slots WHERE slot_name <> $1)";
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = settings.Slot } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        if (reader.GetString(0) != "logical")
        {
            Fatal("server", $"wal_level is {reader.GetString(0)}: changes can not be read", "ALTER SYSTEM SET wal_level = 'logical'; "
                + "-- and restart PostgreSQL");
        }

        if (reader.GetString(1) == "-1")
        {
            Warn("server", "max_slot_wal_keep_size is unlimited: while the sync is down, log can fill the disk",
                "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; SELECT pg_reload_conf();");
        }

        if (!reader.GetBoolean(2))
        {
            Fatal("server", $"the role {reader.GetString(3)} may not replicate",
                $"ALTER ROLE {SourceTable.Quote(reader.GetString(3))} REPLICATION;");
        }

        if (reader.GetInt64(4) < 1)
        {
            Fatal("server", "all replication slots are taken", "ALTER SYSTEM SET max_replication_slots = 20; -- and restart PostgreSQL");
        }
    }

    private async Task<TablePlan?> PlanTableAsync(NpgsqlConnection connection, TableSettings table, SourceTable source,
        CancellationToken cancellation)
    {
        var before = _problems.Count(static problem => problem.IsFatal);
        foreach (var name in table.Columns.Keys.Where(name => source.Find(name) is null))
        {
            Fatal(table.FullName, $"the configuration names a column {name}, which does not exist", null);
        }

        CheckRoute(table, source);
        if (table.Route.Kind == RouteKind.Lookup)
        {
            await CheckParentAsync(connection, table, cancellation);
        }

        var keys = source.PrimaryKey.Count > 0 ? source.PrimaryKey
            : source.Identity == ReplicaIdentity.Index ? source.IdentityColumns : [];
        if (keys.Count == 0)
        {
            Fatal(table.FullName, "the table has no primary key", $"ALTER TABLE {source.Sql} ADD PRIMARY KEY (...);");
        }

        var columns = new List<ColumnPlan>();
        foreach (var column in source.Columns.Where(static column => !column.IsGenerated))
        {
            var option = table.Columns.GetValueOrDefault(column.Name);
            var isKey = keys.Contains(column.Name, StringComparer.Ordinal);
            var dropped = table.DropRouteColumn && table.Route.Kind == RouteKind.Column && column.Name == table.Route.Column;
            if (option == "exclude" && isKey)
            {
                Fatal(table.FullName, $"the column {column.Name} is excluded and part of the key", null);
            }
            else if (option == "exclude" && table.Route.Kind == RouteKind.Lookup && column.Name == table.Route.ChildColumn)
            {
                Fatal(table.FullName,
                    $"the column {column.Name} is excluded and says whose the row is: it could not follow its parent", null);
            }
            else if (option != "exclude" && !(dropped && (!isKey || keys.Count > 1)))
            {
                var type = TypeMap.Of(column.Type, column.IsArray, column.Delimiter, option);
                if (type is null)
                {
                    Fatal(table.FullName, $"the option {option} does not fit the column {column.Name}, which is {column.Type}", null);
                }
                else
                {
                    columns.Add(new ColumnPlan(column.Name, type, isKey));
                }
            }
        }

        return _problems.Count(static problem => problem.IsFatal) > before ? null : new TablePlan(table, source, columns);
    }

    private void CheckRoute(TableSettings table, SourceTable source)
    {
        var column = table.Route.Kind switch
        {
            RouteKind.Column => table.Route.Column,
            RouteKind.Lookup => table.Route.ChildColumn,
            RouteKind.Broadcast or RouteKind.Single => null,
        };
        if (column is null)
        {
            if (source.Identity == ReplicaIdentity.Nothing)
            {
                Fatal(table.FullName, "REPLICA IDENTITY NOTHING: UPDATE and DELETE fail once the table is published",
                    $"ALTER TABLE {source.Sql} REPLICA IDENTITY DEFAULT;");
            }

            return;
        }

        if (source.Find(column) is not { } found)
        {
            Fatal(table.FullName, $"the column {column} that routes does not exist", null);
            return;
        }

        if (!source.IdentityColumns.Contains(column, StringComparer.Ordinal)
            || !source.PrimaryKey.All(key => source.IdentityColumns.Contains(key, StringComparer.Ordinal)))
        {
            var index = SourceTable.Quote($"{source.Name}_{column}_sync");
            var keys = string.Join(", ", source.PrimaryKey.Where(key => key != column).Prepend(column).Select(SourceTable.Quote));
            var fix = (found.IsNotNull ? "" : $"ALTER TABLE {source.Sql} ALTER COLUMN {SourceTable.Quote(column)} SET NOT NULL; ")
                + $"CREATE UNIQUE INDEX CONCURRENTLY {index} ON {source.Sql} ({keys}); "
                + $"ALTER TABLE {source.Sql} REPLICA IDENTITY USING INDEX {index};";
            Fatal(table.FullName, $"a DELETE or a change of {column} would not say whose row it was: the replica identity "
                + $"does not hold {column}", fix);
        }
        else if (!source.IndexedColumns.Contains(column, StringComparer.Ordinal))
        {
            Warn(table.FullName, $"no index begins with {column}: copying one tenant reads the whole table",
                $"CREATE INDEX CONCURRENTLY ON {source.Sql} ({SourceTable.Quote(column)});");
        }
    }

    private async Task CheckParentAsync(NpgsqlConnection connection, TableSettings table, CancellationToken cancellation)
    {
        var route = table.Route;
        var parent = settings.Tables.FirstOrDefault(one => one.FullName == route.Parent);
        if (parent is null || parent.Route.Kind != RouteKind.Column || parent.Route.Column != route.Column)
        {
            Fatal(table.FullName, $"the parent {route.Parent} must be in the configuration, routed by its column {route.Column}", null);
            return;
        }

        var source = await SourceCatalog.FindAsync(connection, parent.Schema, parent.Name, cancellation);
        if (source is not null && !(source.PrimaryKey.Count == 1 && source.PrimaryKey[0] == route.ParentColumn))
        {
            Fatal(table.FullName, $"{route.ParentColumn} must be the primary key of {route.Parent}", null);
        }
    }

    private async Task CheckPublicationAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var name = settings.Publication;
        bool exists;
        await using (var command = new NpgsqlCommand("SELECT 1 FROM pg_publication WHERE pubname = $1", connection)
        {
            Parameters = { new() { Value = name } },
        })
        {
            exists = await command.ExecuteScalarAsync(cancellation) is not null;
        }

        var create = CreatePublicationSql(settings);
        if (!exists)
        {
            if (!settings.CreatePublication)
            {
                Fatal("server", $"the publication {name} does not exist", create);
            }

            return;
        }

        var published = new Dictionary<string, bool>(StringComparer.Ordinal);
        await using (var command = new NpgsqlCommand("SELECT schemaname || '.' || tablename, rowfilter IS NOT NULL FROM "
            + "pg_publication_tables WHERE pubname = $1", connection) { Parameters = { new() { Value = name } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                published[reader.GetString(0)] = reader.GetBoolean(1);
            }
        }

        foreach (var table in settings.Tables)
        {
            if (!published.TryGetValue(table.FullName, out var filtered))
            {
                Fatal(table.FullName, $"the publication {name} does not have the table",
                    $"ALTER PUBLICATION {SourceTable.Quote(name)} ADD TABLE {SqlName(table)};");
            }
            else if (filtered)
            {
                Fatal(table.FullName, $"the publication {name} filters rows of the table; copies would not",
                    $"ALTER PUBLICATION {SourceTable.Quote(name)} DROP TABLE {SqlName(table)}; "
                    + $"ALTER PUBLICATION {SourceTable.Quote(name)} ADD TABLE {SqlName(table)};");
            }
        }
    }

    public static string CreatePublicationSql(SourceSettings settings) => string.Create(CultureInfo.InvariantCulture,
        $"CREATE PUBLICATION {SourceTable.Quote(settings.Publication)} FOR TABLE {string.Join(", ", settings.Tables.Select(SqlName))} ")
        + "WITH (publish_via_partition_root = true);";

    private static string SqlName(TableSettings table) => SourceTable.Quote(table.Schema) + "." + SourceTable.Quote(table.Name);

    private void Fatal(string subject, string message, string? fix) => _problems.Add(new SyncProblem(subject, message, fix, IsFatal: true));

    private void Warn(string subject, string message, string? fix) => _problems.Add(new SyncProblem(subject, message, fix, IsFatal: false));
}
