using System.Security.Cryptography;
using System.Text;

namespace Shoal.Sync.Plan;

/// <summary>All tables of a source.</summary>
internal sealed class SyncPlan(IReadOnlyList<TablePlan> tables)
{
    public IReadOnlyList<TablePlan> Tables { get; } = tables;

    /// <summary>Whether a tenant that turns up needs rows that were there before it.</summary>
    public bool HasBroadcast { get; } = tables.Any(static table => table.Route.Kind == Configuration.RouteKind.Broadcast);

    /// <summary>Changes whenever a tenant's tables would look different.</summary>
    public string SchemaHash { get; } = Hash(tables);

    private static string Hash(IReadOnlyList<TablePlan> tables)
    {
        var text = string.Join('\n', tables.Select(static table => $"{table.Name} {table.Source.Oid} " + table.Sql.Definition
            + table.CopyQuery(null)
            + string.Join(',', table.Columns.Select(column => $"{column.Type} {table.Source.Find(column.Name)?.Declared}"))));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }
}
