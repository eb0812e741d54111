using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Sync.Verification;

namespace Shoal.Cli.Syncing;

/// <summary><c>shoal sync verify</c>: compares tenants with PostgreSQL row by row.</summary>
internal static class SyncVerifyCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var tenant = new Option<string[]>("--tenant")
        {
            Description = "Which tenant; may be given several times. Default: all.", HelpName = "KEY",
        };
        var repair = new Option<bool>("--repair") { Description = "Put right what differs." };
        var command = options.AddTo(new CliCommand("verify",
            "Compare tenants with PostgreSQL row by row while the sync runs; exits with 3 when rows differ and were not repaired.",
            "sync verify shop.json", "sync verify shop.json --tenant 42 --repair"));
        input.AddTo(command);
        command.Add(tenant);
        command.Add(repair);
        return application.BindWithCode(command, async (context, cancellationToken) =>
        {
            using var client = SyncInput.Connect(context);
            var found = new List<TableComparison>();
            foreach (var source in await input.ReadAsync(context, cancellationToken))
            {
                await SyncInput.GuardAsync(async () =>
                {
                    await foreach (var one in new SyncVerifier(source, client).RunAsync(context.Arguments.GetValue(tenant) ?? [],
                        context.Arguments.GetValue(repair), cancellationToken))
                    {
                        found.Add(one);
                    }

                    return true;
                });
            }

            Write(context, found);
            return found.Exists(static one => one.Drifted > one.Repaired) ? ExitCode.ProblemsFound : ExitCode.Ok;
        });
    }

    private static void Write(CommandContext context, List<TableComparison> found)
    {
        if (!context.Json)
        {
            RowsOutput.Write(context.Console, ["tenant", "table", "rows", "drifted", "repaired"], found.Select(static one =>
                new object?[] { one.Tenant, one.Table, one.Rows, (long)one.Drifted, (long)one.Repaired }));
            return;
        }

        JsonOutput.Write(context.Console, writer =>
        {
            writer.WriteStartArray();
            foreach (var one in found)
            {
                writer.WriteStartObject();
                writer.WriteString("tenant", one.Tenant);
                writer.WriteString("table", one.Table);
                writer.WriteNumber("rows", one.Rows);
                writer.WriteNumber("drifted", one.Drifted);
                writer.WriteNumber("repaired", one.Repaired);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }
}
