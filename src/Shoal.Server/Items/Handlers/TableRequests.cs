using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Protocol;

namespace Shoal.Server.Items.Handlers;

/// <summary>CreateTable, DescribeTable, ListTables and DeleteTable.</summary>
internal static class TableRequests
{
    private const int ListMax = 100;

    public static async Task CreateAsync(ItemsCall call)
    {
        var definition = TableDefinitions.Read(call.Request);
        var table = await call.WriteAsync(
            transaction => TableChanges.Create(transaction, definition, call.Database.Time, DatabaseId.NewRandom().Value));
        TableWriter.Write(call, "TableDescription", table, "CREATING", counts: null);
    }

    public static async Task DescribeAsync(ItemsCall call)
    {
        var name = call.Request.TableName()!;
        var (table, counts) = await call.ReadAsync(
            transaction =>
            {
                var found = TableChanges.Find(transaction, name);
                var all = new Dictionary<string, TableCounts>(StringComparer.Ordinal)
                {
                    [""] = TableCounts.OfTable(transaction.Session, found),
                };
                foreach (var index in found.Indexes)
                {
                    all[index.Name] = TableCounts.OfIndex(transaction.Session, index);
                }

                return (found, all);
            });
        TableWriter.Write(call, "Table", table, "ACTIVE", counts);
    }

    public static async Task ListAsync(ItemsCall call)
    {
        var limit = call.Request.Integer("Limit") ?? ListMax;
        var start = call.Request.Text("ExclusiveStartTableName") ?? "";
        var names = await call.ReadAsync(transaction => transaction.Tables.ListNames(start, limit + 1));
        if (names.Count > limit)
        {
            names.RemoveAt(limit);
            call.Json.WriteString("LastEvaluatedTableName"u8, names[^1]);
        }

        call.Json.WriteStartArray("TableNames"u8);
        foreach (var name in names)
        {
            call.Json.WriteStringValue(name);
        }

        call.Json.WriteEndArray();
    }

    public static async Task DeleteAsync(ItemsCall call)
    {
        var name = call.Request.TableName()!;
        var table = await call.WriteAsync(transaction => TableChanges.Delete(transaction, name));
        call.Kick();
        TableWriter.Write(call, "TableDescription", table, "DELETING", counts: null);
    }
}
