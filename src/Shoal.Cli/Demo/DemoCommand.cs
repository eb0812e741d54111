using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Cli.Serving;
using Shoal.Engine;
using Shoal.Server;
using Spectre.Console;

namespace Shoal.Cli.Demo;

/// <summary><c>shoal demo</c>: real data in hundreds of databases, and a server for them.</summary>
internal static class DemoCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var data = new Option<string?>("--data")
        {
            Description = $"Data folder, created when missing (SHOAL_DATA). Default \"{ServeCommand.DefaultDataFolder}\".",
            HelpName = "DIR",
        };
        var token = new Option<string?>("--token")
        {
            Description = "Development token to use; default a new one, which is printed.",
            HelpName = "TOKEN",
        };
        var loadOnly = new Option<bool>("--load-only") { Description = "Load the data and stop." };
        var serve = new ServeOptions();
        var command = new CliCommand("demo",
            "Load real data (every country in a database of its own, all Unicode characters) and serve it.",
            "demo", "demo --data ./data --urls http://127.0.0.1:9000", "demo --load-only");
        command.Add(data);
        command.Add(token);
        command.Add(options.Account);
        command.Add(loadOnly);
        command.Add(options.Json);
        serve.AddLimitsTo(command);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var console = context.Console;
            var folder = console.FullPath(
                context.Settings.Read("data", context.Arguments.GetValue(data), ServeCommand.DefaultDataFolder).Value!);
            var account = context.Settings.Read("account", context.Arguments.GetValue(options.Account),
                TargetSettings.DefaultAccount).Value!;
            var secret = context.Arguments.GetValue(token) ?? ServerRunner.NewDevelopmentToken();
            var server = serve.ToServerOptions(context, folder, secret);
            await LoadAsync(context, folder, account, cancellationToken);
            if (!context.Arguments.GetValue(loadOnly))
            {
                await ServerRunner.RunAsync(context, server, started => Introduce(console, started, account, secret),
                    cancellationToken);
            }
        });
    }

    private static async Task LoadAsync(CommandContext context, string folder, string account, CancellationToken cancellationToken)
    {
        var console = context.Console;
        await using var engine = await OpenAsync(folder, cancellationToken);
        var loader = new DemoLoader(engine, account);
        if (await loader.IsCompleteAsync(cancellationToken))
        {
            Report(context, folder, totals: default, elapsed: default);
            return;
        }

        await DemoSources.EnsureInstalledAsync(console, cancellationToken);
        console.Note("Loading ISO codes and the Unicode character table, one database per country …");
        var started = console.Time.GetTimestamp();
        var totals = await ShowAsync(console, progress => loader.LoadAsync(progress, cancellationToken));
        Report(context, folder, totals, console.Time.GetElapsedTime(started));
    }

    private static void Report(CommandContext context, string folder, DemoTotals totals, TimeSpan elapsed)
    {
        var console = context.Console;
        if (context.Json)
        {
            JsonOutput.WriteLine(console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("data", folder);
                writer.WriteNumber("databases_loaded", totals.Loaded);
                writer.WriteNumber("rows_loaded", totals.Rows);
                writer.WriteNumber("seconds", elapsed.TotalSeconds);
                writer.WriteEndObject();
            });
        }
        else if (totals.Loaded == 0)
        {
            console.Out.WriteLine($"The demonstration's data is in {folder} already.");
        }
        else
        {
            console.Out.WriteLine($"Loaded {Units.Count(totals.Loaded)} databases with {Units.Count(totals.Rows)} rows in "
                + $"{Units.Duration(elapsed)} ({Units.PerSecond(totals.Rows, elapsed)} rows/s).");
        }
    }

    private static async Task<DatabaseEngine> OpenAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            return await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder }, cancellationToken);
        }
        catch (EngineException failure) when (failure.Kind == EngineErrorKind.DataFolderInUse)
        {
            throw new CliException($"another server or command has the data folder {folder} open",
                "a demo that is still running is fine to use; or give another folder with --data", failure);
        }
    }

    private static async Task<DemoTotals> ShowAsync(CliConsole console, Func<IProgress<DemoTotals>, Task<DemoTotals>> load)
    {
        if (!console.ErrorIsTerminal)
        {
            return await load(new SynchronousProgress<DemoTotals>(static _ => { }));
        }

        var terminal = Terminal.Create(console, console.Error);
        return await terminal.Progress().AutoClear(enabled: true).StartAsync(display =>
        {
            var task = display.AddTask("databases");
            return load(new SynchronousProgress<DemoTotals>(totals =>
            {
                task.MaxValue = totals.DatabaseCount;
                task.Value = totals.Checked;
                task.Description = $"{totals.Checked} of {totals.DatabaseCount} databases, {Units.Count(totals.Rows)} rows";
            }));
        });
    }

    private static void Introduce(CliConsole console, ShoalServer server, string account, string secret)
    {
        var output = console.Out;
        Introduction.WriteEnvironment(output, Introduction.ClientUrl(server.Addresses), account, secret);
        output.WriteLine("Then ask, for example:");
        output.WriteLine("./shoal db execute country-de --command \"SELECT code, name FROM subdivisions\"");
        output.WriteLine("./shoal db execute unicode --command \"SELECT character, name FROM characters "
            + "WHERE codepoint IN (SELECT rowid FROM character_names('fish'))\"");
        Introduction.WriteCurl(output, "iso", "SELECT count(*) AS languages FROM languages");
        output.WriteLine("npx wrangler d1 execute country-jp --remote --command \"SELECT * FROM country\"");
        output.WriteLine();
    }
}
