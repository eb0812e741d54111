using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Syncing;
using Shoal.Server;

namespace Shoal.Cli.Serving;

/// <summary><c>shoal serve</c>: the server, until it is told to stop.</summary>
internal static class ServeCommand
{
    public const string DefaultDataFolder = "data";

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var data = new Option<string?>("--data")
        {
            Description = $"Data folder, created when missing (SHOAL_DATA). Default \"{DefaultDataFolder}\".",
            HelpName = "DIR",
        };
        var token = new Option<string?>("--token")
        {
            Description = "A development token with all rights on every account, not stored anywhere.",
            HelpName = "TOKEN",
        };
        var dev = new Option<bool>("--dev")
        {
            Description = "Make such a token up and print it, with lines to paste for shoal, curl and wrangler.",
        };
        var sync = new Option<string?>("--sync")
        {
            Description = "Also keep tenants' databases as a PostgreSQL has them: the configuration of shoal sync (SHOAL_SYNC).",
            HelpName = "FILE",
        };
        var serve = new ServeOptions();
        var command = new CliCommand("serve", "Serve the databases of a data folder over HTTP.",
            "serve --dev",
            "serve --data ./data --urls http://127.0.0.1:8787 --token secret",
            "serve --data /var/lib/shoal --urls http://0.0.0.0:8787 --query-timeout 10s",
            "serve --dev --create-on-use",
            "serve --data ./data --sync shop.json");
        command.Add(data);
        command.Add(token);
        command.Add(dev);
        command.Add(sync);
        command.Add(options.Json);
        serve.AddLimitsTo(command);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var secret = context.Arguments.GetValue(token);
            var isDevelopment = context.Arguments.GetValue(dev);
            if (secret is { Length: 0 })
            {
                throw CliException.Usage("--token is empty", "give a token, or --dev to have one made up");
            }

            if (isDevelopment)
            {
                secret ??= ServerRunner.NewDevelopmentToken();
            }

            var folder = context.Console.FullPath(
                context.Settings.Read("data", context.Arguments.GetValue(data), DefaultDataFolder).Value!);
            var synced = context.Settings.Read("sync", context.Arguments.GetValue(sync)).Value is { } file
                ? await ServedSync.ReadAsync(context, file, cancellationToken) : null;
            await ServerRunner.RunAsync(context, serve.ToServerOptions(context, folder, secret, synced is null ? null : synced.Metrics),
                server => Introduce(context.Console, server, folder, secret, isDevelopment), cancellationToken, synced);
        });
    }

    private static void Introduce(CliConsole console, ShoalServer server, string folder, string? secret, bool isDevelopment)
    {
        if (isDevelopment)
        {
            Introduction.WriteEnvironment(console.Out, Introduction.ClientUrl(server.Addresses),
                TargetSettings.DefaultAccount, secret!);
            console.Out.WriteLine("Then, for example:");
            console.Out.WriteLine("./shoal db create app");
            Introduction.WriteCurl(console.Out, "app", "SELECT sqlite_version() AS version");
            console.Out.WriteLine("npx wrangler d1 list");
            console.Out.WriteLine();
        }
        else if (secret is null && server.Engine.Tokens.List().Count == 0)
        {
            console.Note("note: this data folder has no tokens yet, so nobody can talk to the server.");
            console.Note("note: stop it and run `shoal token create --name admin --permission admin "
                + $"--every-account --data {folder}`, or start it with --dev.");
        }
    }
}
