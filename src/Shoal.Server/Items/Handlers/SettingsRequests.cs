using Shoal.Items;
using Shoal.Items.Tables;

namespace Shoal.Server.Items.Handlers;

/// <summary>Time to live, and what is only described: endpoints, limits, backups.</summary>
internal static class SettingsRequests
{
    private const long UnitsMax = 80_000;

    public static async Task DescribeTimeToLiveAsync(ItemsCall call)
    {
        var name = call.Request.TableName()!;
        var table = await call.ReadAsync(transaction => TableChanges.Find(transaction, name));
        call.Json.WriteStartObject("TimeToLiveDescription"u8);
        if (table.TimeToLive is { } attribute)
        {
            call.Json.WriteString("AttributeName"u8, attribute);
        }

        call.Json.WriteString("TimeToLiveStatus"u8, table.TimeToLive is null ? "DISABLED" : "ENABLED");
        call.Json.WriteEndObject();
    }

    public static async Task UpdateTimeToLiveAsync(ItemsCall call)
    {
        var name = call.Request.TableName()!;
        var specification = call.Request.Structure("TimeToLiveSpecification")!.Value;
        var enabled = specification.Flag("Enabled");
        var attribute = specification.Text("AttributeName")!;
        await call.WriteAsync(
            transaction =>
            {
                _ = TableChanges.Find(transaction, name);
                return TableEdits.Apply(transaction, name, table => Change(table, enabled, attribute), call.Database.Time);
            });
        call.Kick();
        call.Json.WriteStartObject("TimeToLiveSpecification"u8);
        call.Json.WriteBoolean("Enabled"u8, enabled);
        call.Json.WriteString("AttributeName"u8, attribute);
        call.Json.WriteEndObject();
    }

    public static Task DescribeLimitsAsync(ItemsCall call)
    {
        call.Json.WriteNumber("AccountMaxReadCapacityUnits"u8, UnitsMax);
        call.Json.WriteNumber("AccountMaxWriteCapacityUnits"u8, UnitsMax);
        call.Json.WriteNumber("TableMaxReadCapacityUnits"u8, UnitsMax / 2);
        call.Json.WriteNumber("TableMaxWriteCapacityUnits"u8, UnitsMax / 2);
        return Task.CompletedTask;
    }

    public static async Task DescribeContinuousBackupsAsync(ItemsCall call)
    {
        var name = call.Request.TableName()!;
        await call.ReadAsync(
            transaction => transaction.Tables.Find(name)
                ?? throw new ItemException(ItemErrorKind.TableNotFound, $"Table not found: {name}"));
        call.Json.WriteStartObject("ContinuousBackupsDescription"u8);
        call.Json.WriteString("ContinuousBackupsStatus"u8, "DISABLED");
        call.Json.WriteStartObject("PointInTimeRecoveryDescription"u8);
        call.Json.WriteString("PointInTimeRecoveryStatus"u8, "DISABLED");
        call.Json.WriteEndObject();
        call.Json.WriteEndObject();
    }

    private static ItemTable Change(ItemTable table, bool enabled, string attribute)
    {
        if (enabled)
        {
            return table.TimeToLive is null ? table with { TimeToLive = attribute }
                : throw ItemException.Validation("TimeToLive is already enabled");
        }

        return table.TimeToLive switch
        {
            null => throw ItemException.Validation("TimeToLive is already disabled"),
            var current when current != attribute => throw ItemException.Validation(
                $"TimeToLive is active on a different AttributeName: current AttributeName is {current}"),
            _ => table with { TimeToLive = null },
        };
    }
}
