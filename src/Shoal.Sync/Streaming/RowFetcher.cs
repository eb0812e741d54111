using Npgsql;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;

namespace Shoal.Sync.Streaming;

/// <summary>Reads single rows and parents as they are in PostgreSQL now.</summary>
/// <remarks>
/// "Now" may be later than the transaction being applied. That is right in the end: whatever changed in between is still to
/// come in the stream and is applied over it. It is never earlier: what the stream has brought must be seen first.
/// Errors: <see cref="CommitHiddenException"/> when that takes too long.
/// </remarks>
internal sealed class RowFetcher(SourceServer server, StreamedCommits commits)
{
    /// <summary>The columns of a row in the relation's order, as texts; null when it is gone.</summary>
    public async Task<string?[]?> FindAsync(RelationPlan relation, string?[] row, CancellationToken cancellation)
    {
        await commits.ShowAsync(server, cancellation);
        var table = relation.Table;
        var where = string.Join(" AND ", table.Keys.Select(key => table.Columns[key].Name).Select(name =>
            $"{SourceTable.Quote(name)} = {SourceTable.Literal(row[Index(name)] ?? "")}"));
        var found = await ReadAsync($"SELECT {Columns(relation)} FROM {table.Source.Sql} WHERE {where}", relation.Width, cancellation);
        return found.Count > 0 ? found[0] : null;

        int Index(string name) => relation.Names.ToList().IndexOf(name);
    }

    /// <summary>Rows of a child that refer to a parent.</summary>
    public async Task<List<string?[]>> ChildrenAsync(RelationPlan relation, string parent, CancellationToken cancellation)
    {
        await commits.ShowAsync(server, cancellation);
        return await ReadAsync($"SELECT {Columns(relation)} FROM {relation.Table.Source.Sql} WHERE "
            + $"{SourceTable.Quote(relation.Table.Route.ChildColumn)} = {SourceTable.Literal(parent)}", relation.Width, cancellation);
    }

    /// <summary>The tenant of a parent; null when the parent is not there.</summary>
    /// <param name="child">The child's table.</param>
    /// <param name="parent">The parent's key.</param>
    /// <param name="isOld">Whether the stream has not brought the parent: then it may be read before the stream's commits are seen.</param>
    /// <param name="cancellation">Ends the run.</param>
    public async Task<string?> TenantOfParentAsync(TablePlan child, string parent, bool isOld, CancellationToken cancellation)
    {
        if (!isOld)
        {
            await commits.ShowAsync(server, cancellation);
        }

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
        await using var reader = await CopyReader.OpenAsync(connection, query, width, cancellation);
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add([.. Enumerable.Range(0, width).Select(reader.Text)]);
        }

        return rows;
    }
}
