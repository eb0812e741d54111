using System.CommandLine;
using System.Text.Json;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Sync;

namespace Shoal.Cli.Syncing;

/// <summary><c>shoal sync status</c>: how far the sync is and how its tenants stand.</summary>
internal static class SyncStatusCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var tenants = new Option<bool>("--tenants") { Description = "List all tenants, not only those with a problem." };
        var command = options.AddTo(new CliCommand("status", "Show how far the sync is and how its tenants stand.",
            "sync status shop.json", "sync status shop.json --tenants --json"));
        input.AddTo(command);
        command.Add(tenants);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            using var client = SyncInput.Connect(context);
            var all = context.Arguments.GetValue(tenants);
            var list = new List<SyncStatus>();
            foreach (var source in await input.ReadAsync(context, cancellationToken))
            {
                list.Add(await SyncInput.GuardAsync(() => new SyncInspector(source).StatusAsync(client, cancellationToken)));
            }

            if (context.Json)
            {
                WriteJson(context, list, all);
                return;
            }

            foreach (var status in list)
            {
                Write(context, status, all);
            }
        });
    }

    private static void Write(CommandContext context, SyncStatus status, bool all)
    {
        var output = context.Console.Out;
        output.WriteLine($"source\t{status.Source}");
        output.WriteLine($"phase\t{status.Phase}{(status.IsRunning ? "" : ", not running")}");
        if (status.SlotStatus != SyncStatus.NoSlot)
        {
            output.WriteLine($"slot\t{status.SlotStatus}, PostgreSQL keeps {Units.Bytes(status.RetainedBytes)} for it");
            output.WriteLine($"lag\t{Units.Bytes(status.LagBytes)}");
        }

        if (status.Numbers.TryGetValue("queue_depth", out var depth))
        {
            output.WriteLine(
                $"queue\t{Units.Count(depth)} messages wait, {Units.Count(status.Numbers["queue_dead_letters"])} dead letters");
        }

        foreach (var group in status.Tenants.GroupBy(static tenant => tenant.Status, StringComparer.Ordinal)
            .OrderBy(static group => group.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"tenants\t{Units.Count(group.Count())} {group.Key}");
        }

        var shown = status.Tenants.Where(tenant => all || tenant.Status != "streaming").ToList();
        if (shown.Count > 0)
        {
            RowsOutput.Write(context.Console, ["tenant", "database", "status", "reason"], shown.Select(static tenant =>
                new object?[] { tenant.Tenant, tenant.Database, tenant.Status, tenant.Reason }));
        }
    }

    private static void WriteJson(CommandContext context, IReadOnlyList<SyncStatus> list, bool all) =>
        JsonOutput.Write(context.Console, writer => WriteJson(writer, list, all));

    /// <summary>The states of sources as an array.</summary>
    public static void WriteJson(Utf8JsonWriter writer, IReadOnlyList<SyncStatus> list, bool all)
    {
        writer.WriteStartArray();
        foreach (var status in list)
        {
            writer.WriteStartObject();
            writer.WriteString("source", status.Source);
            writer.WriteString("phase", status.Phase);
            writer.WriteBoolean("running", status.IsRunning);
            writer.WriteString("slot", status.SlotStatus);
            writer.WriteNumber("lag_bytes", status.LagBytes);
            writer.WriteNumber("retained_bytes", status.RetainedBytes);
            foreach (var (name, value) in status.Numbers)
            {
                writer.WriteNumber(name, value);
            }

            writer.WriteStartArray("tenants");
            foreach (var tenant in status.Tenants.Where(tenant => all || tenant.Status != "streaming"))
            {
                writer.WriteStartObject();
                writer.WriteString("tenant", tenant.Tenant);
                writer.WriteString("database", tenant.Database);
                writer.WriteString("status", tenant.Status);
                writer.WriteString("reason", tenant.Reason);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
