using Shoal.Sync.Configuration;
using Shoal.Sync.Postgres;

namespace Shoal.Sync.Plan;

/// <summary>One table: what is read, how it is routed, what is written.</summary>
internal sealed class TablePlan
{
    public TablePlan(TableSettings settings, SourceTable source, IReadOnlyList<ColumnPlan> columns)
    {
        Settings = settings;
        Source = source;
        Columns = columns;
        var keys = source.PrimaryKey.Count > 0 ? source.PrimaryKey : source.IdentityColumns;
        Keys = [.. keys.Select(key => columns.ToList().FindIndex(column => column.Name == key)).Where(static index => index >= 0)];
        ChildColumn = settings.Route.Kind != RouteKind.Lookup ? -1
            : columns.ToList().FindIndex(column => column.Name == settings.Route.ChildColumn);
        Sql = new TableSql(settings.Destination, columns, Keys, settings.Indexes);
    }

    public TableSettings Settings { get; }

    public SourceTable Source { get; }

    /// <summary>Columns of the destination, in order.</summary>
    public IReadOnlyList<ColumnPlan> Columns { get; }

    /// <summary>Which of <see cref="Columns"/> are the key.</summary>
    public IReadOnlyList<int> Keys { get; }

    /// <summary>Which of <see cref="Columns"/> refers to the parent that routes; -1 for none.</summary>
    public int ChildColumn { get; }

    /// <summary>SQL for the destination.</summary>
    public TableSql Sql { get; }

    public RouteSettings Route => Settings.Route;

    public string Name => Settings.Destination;

    /// <summary>The query that copies it: the columns, then the tenant as text.</summary>
    /// <param name="tenant">Only this tenant's rows; null for all.</param>
    public string CopyQuery(string? tenant)
    {
        var columns = string.Join(", ", Columns.Select(static column => "c." + SourceTable.Quote(column.Name)));
        var (route, join) = Route.Kind switch
        {
            RouteKind.Column => ("c." + SourceTable.Quote(Route.Column) + "::text", ""),
            RouteKind.Lookup => ("p." + SourceTable.Quote(Route.Column) + "::text", ParentJoin()),
            RouteKind.Broadcast or RouteKind.Single => ("NULL::text", ""),
        };
        var where = tenant is null || Route.Kind is RouteKind.Broadcast or RouteKind.Single ? ""
            : " WHERE " + RouteEquals(tenant);
        return $"SELECT {columns}, {route} FROM {Source.Sql} c{join}{where}";
    }

    private string RouteEquals(string tenant)
    {
        // An untyped literal takes the column's type, so that an index on it is used.
        var column = (Route.Kind == RouteKind.Lookup ? "p." : "c.") + SourceTable.Quote(Route.Column);
        return $"{column} = {SourceTable.Literal(tenant)}";
    }

    private string ParentJoin()
    {
        var parent = Route.Parent.Split('.');
        return $" JOIN {SourceTable.Quote(parent[0])}.{SourceTable.Quote(parent[1])} p ON p.{SourceTable.Quote(Route.ParentColumn)} = "
            + $"c.{SourceTable.Quote(Route.ChildColumn)}";
    }
}
