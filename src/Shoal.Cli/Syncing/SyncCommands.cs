using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Cli.Syncing.Demo;
using Shoal.Sync;

namespace Shoal.Cli.Syncing;

/// <summary><c>shoal sync</c>: keeps tenants' databases as a PostgreSQL has them.</summary>
internal static class SyncCommands
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var command = new CliCommand("sync", "Keep every tenant's rows of a PostgreSQL in the tenant's own database.",
            "sync check shop.json", "sync run shop.json");
        command.Add(CreateCheck(application, options));
        command.Add(CreatePlan(application, options));
        command.Add(SyncApplyCommand.Create(application, options));
        command.Add(SyncRunCommand.Create(application, options));
        command.Add(SyncStatusCommand.Create(application, options));
        command.Add(CreateResync(application, options));
        command.Add(SyncVerifyCommand.Create(application, options));
        command.Add(SyncPauseCommands.CreatePause(application, options));
        command.Add(SyncPauseCommands.CreateResume(application, options));
        command.Add(SyncJobCommands.Create(application, options));
        command.Add(SyncDeadLettersCommand.Create(application, options));
        command.Add(SyncDemoCommand.Create(application, options));
        return command;
    }

    private static CliCommand CreateCheck(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var command = new CliCommand("check",
            "Compare the configuration with PostgreSQL and print the SQL for what is missing. Changes nothing; exits with 3 when "
            + "the sync can not run.", "sync check shop.json", "sync check shop.json --json");
        input.AddTo(command);
        command.Add(options.Json);
        return application.BindWithCode(command, async (context, cancellationToken) =>
        {
            var problems = new List<Shoal.Sync.Plan.SyncProblem>();
            foreach (var source in await input.ReadAsync(context, cancellationToken))
            {
                problems.AddRange(await SyncInput.GuardAsync(() => new SyncInspector(source).CheckAsync(cancellationToken)));
            }

            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartArray();
                    foreach (var problem in problems)
                    {
                        writer.WriteStartObject();
                        writer.WriteString("subject", problem.Subject);
                        writer.WriteBoolean("fatal", problem.IsFatal);
                        writer.WriteString("message", problem.Message);
                        writer.WriteString("fix", problem.Fix);
                        writer.WriteEndObject();
                    }

                    writer.WriteEndArray();
                });
            }
            else
            {
                foreach (var problem in problems)
                {
                    context.Console.Out.WriteLine($"-- {(problem.IsFatal ? "needed" : "advice")}: {problem.Subject}: {problem.Message}");
                    if (problem.Fix is { } fix)
                    {
                        context.Console.Out.WriteLine(fix);
                    }
                }

                if (problems.Count == 0)
                {
                    context.Console.Out.WriteLine("Nothing is missing.");
                }
            }

            return problems.Exists(static problem => problem.IsFatal) ? ExitCode.ProblemsFound : ExitCode.Ok;
        });
    }

    private static CliCommand CreatePlan(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var command = new CliCommand("plan", "Show what is read from PostgreSQL and which tables the tenants get. Changes nothing.",
            "sync plan shop.json", "sync plan shop.json --json");
        input.AddTo(command);
        command.Add(options.Json);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var tables = new List<PlannedTable>();
            foreach (var source in await input.ReadAsync(context, cancellationToken))
            {
                tables.AddRange(await SyncInput.GuardAsync(() => new SyncInspector(source).PlanAsync(cancellationToken)));
            }

            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartArray();
                    foreach (var table in tables)
                    {
                        writer.WriteStartObject();
                        writer.WriteString("table", table.Table);
                        writer.WriteString("route", table.Route);
                        writer.WriteString("query", table.Query);
                        writer.WriteStartArray("create");
                        foreach (var sql in table.Create)
                        {
                            writer.WriteStringValue(sql);
                        }

                        writer.WriteEndArray();
                        writer.WriteEndObject();
                    }

                    writer.WriteEndArray();
                });
                return;
            }

            foreach (var table in tables)
            {
                context.Console.Out.WriteLine($"-- {table.Table} ({table.Route})" + (table.Query.Length > 0 ? ": " + table.Query : ""));
                foreach (var sql in table.Create)
                {
                    context.Console.Out.WriteLine(sql + ";");
                }
            }
        });
    }

    private static CliCommand CreateResync(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var tenant = new Option<string[]>("--tenant") { Description = "Which tenant; may be given several times.", HelpName = "KEY" };
        var all = new Option<bool>("--all") { Description = "All tenants." };
        var command = options.AddTo(new CliCommand("resync",
            "Ask the running sync to copy tenants again, without a pause for readers. Only rows that differ are written.",
            "sync resync shop.json --tenant 42", "sync resync shop.json --all"));
        input.AddTo(command);
        command.Add(tenant);
        command.Add(all);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var tenants = context.Arguments.GetValue(tenant) ?? [];
            if (tenants.Length > 0 == context.Arguments.GetValue(all))
            {
                throw CliException.Usage("either --tenant or --all is needed", "shoal sync resync FILE --tenant 42");
            }

            using var client = SyncInput.Connect(context);
            var count = 0;
            foreach (var source in await input.ReadAsync(context, cancellationToken))
            {
                count += await SyncInput.GuardAsync(() => new SyncInspector(source).ResyncAsync(client, tenants, cancellationToken));
            }

            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteNumber("requested", count);
                    writer.WriteEndObject();
                });
            }
            else
            {
                context.Console.Out.WriteLine($"Asked for {Units.Count(count)} tenants; `shoal sync status` shows when they are done.");
            }
        });
    }
}
