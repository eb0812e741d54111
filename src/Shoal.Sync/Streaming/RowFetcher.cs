using Npgsql;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;

namespace Shoal.Sync.Streaming;

/// <summary>Reads single rows and parents as they are in PostgreSQL now.</summary>
/// <remarks>
/// "Now" may be later than the transaction being applied. That is right in the end: whatever changed in between is still to
/// come in the stream and is applied over it.
/// </remarks>
internal sealed class RowFetcher(SourceServer server)
{
    /// <summary>The columns of a row in the relation's order, as texts; null when it is gone.</summary>
    public async Task<string?[]?> FindAsync(RelationPlan relation, string?[] row, CancellationToken cancellation)
    {
        var table = relation.Table;
        var where = string.Join(" AND ", table.Keys.Select(key => table.Columns[key].Name).Select(name =>
            $"{SourceTable.Quote(name)} = {SourceTable.Literal(row[Index(name)] ?? "")}"));
        var found = await ReadAsync($"SELECT {Columns(relation)} FROM {table.Source.Sql} WHERE {where}", relation.Width, cancellation);
        return found.Count > 0 ? found[0] : null;

        int Index(string name) => relation.Names.ToList().IndexOf(name);
    }

    /// <summary>Rows of a child that refer to a parent.</summary>
    public Task<List<string?[]>> ChildrenAsync(RelationPlan relation, string parent, CancellationToken cancellation) => ReadAsync(
        $"SELECT {Columns(relation)} FROM {relation.Table.Source.Sql} WHERE "
        + $"{SourceTable.Quote(relation.Table.Route.ChildColumn)} = {SourceTable.Literal(parent)}", relation.Width, cancellation);

    /// <summary>The tenant of a parent; null when the parent is gone.</summary>
    public async Task<string?> TenantOfParentAsync(TablePlan child, string parent, CancellationToken cancellation)
    {
        var name = child.Route.Parent.Split('.');
        var found = await ReadAsync($"SELECT {SourceTable.Quote(child.Route.Column)} FROM {SourceTable.Quote(name[0])}."
            + $"{SourceTable.Quote(name[1])} WHERE {SourceTable.Quote(child.Route.ParentColumn)} = {SourceTable.Literal(parent)}",
            1, cancellation);
        return found.Count > 0 ? found[0][0] : null;
    }

    private static string Columns(RelationPlan relation) => string.Join(", ", relation.Names.Select(name =>
        relation.Table.Source.Find(name) is null ? "NULL" : SourceTable.Quote(name)));

    /// <summary>By COPY, whose texts are those of the stream.</summary>
    private async Task<List<string?[]>> ReadAsync(string query, int width, CancellationToken cancellation)
    {
        await using var connection = await server.OpenAsync(cancellation);
        using var reader = await connection.BeginTextExportAsync($"COPY ({query}) TO STDOUT", cancellation);
        var rows = new List<string?[]>();
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            var fields = new string?[width];
            CopyLine.Split(line, fields);
            rows.Add(fields);
        }

        return rows;
    }
}
