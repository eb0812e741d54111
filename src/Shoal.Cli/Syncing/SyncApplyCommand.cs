using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Sync;
using Shoal.Sync.Plan;

namespace Shoal.Cli.Syncing;

/// <summary><c>shoal sync apply</c>: runs in PostgreSQL what <c>check</c> asks for.</summary>
internal static class SyncApplyCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var advice = new Option<bool>("--advice") { Description = "Also what `check` only advises." };
        var command = new CliCommand("apply",
            "Run in PostgreSQL what `check` says is needed: indexes, replica identities, the publication. Indexes are made without "
            + "blocking writers. Exits with 3 when something is left that somebody must do by hand.",
            "sync apply shop.json", "sync apply shop.json --advice --json");
        input.AddTo(command);
        command.Add(advice);
        command.Add(options.Json);
        return application.BindWithCode(command, async (context, cancellationToken) =>
        {
            var ran = new List<string>();
            var left = new List<SyncProblem>();
            foreach (var source in await input.ReadAsync(context, cancellationToken))
            {
                left.AddRange(await SyncInput.GuardAsync(() =>
                    new SyncInspector(source).ApplyAsync(context.Arguments.GetValue(advice), Say, cancellationToken)));
            }

            var needed = left.Where(static problem => problem.IsFatal).ToList();
            Write(context, ran, needed);
            return needed.Count > 0 ? ExitCode.ProblemsFound : ExitCode.Ok;

            void Say(string sql)
            {
                ran.Add(sql);
                if (!context.Json)
                {
                    context.Console.Out.WriteLine(sql);
                    context.Console.Flush();
                }
            }
        });
    }

    private static void Write(CommandContext context, List<string> ran, List<SyncProblem> needed)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray("ran");
                foreach (var sql in ran)
                {
                    writer.WriteStringValue(sql);
                }

                writer.WriteEndArray();
                writer.WriteStartArray("needed");
                foreach (var problem in needed)
                {
                    writer.WriteStringValue($"{problem.Subject}: {problem.Message}");
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            });
            return;
        }

        if (ran.Count == 0)
        {
            context.Console.Out.WriteLine("Nothing was to be done.");
        }

        foreach (var problem in needed)
        {
            context.Console.Out.WriteLine($"-- needed: {problem.Subject}: {problem.Message}");
            if (problem.Fix is { } fix)
            {
                context.Console.Out.WriteLine(fix);
            }
        }
    }
}
