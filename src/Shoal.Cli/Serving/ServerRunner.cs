using System.Security.Cryptography;
using Shoal.Cli.Output;
using Shoal.Cli.Syncing;
using Shoal.Engine;
using Shoal.Server;

namespace Shoal.Cli.Serving;

/// <summary>Starts a server in this process, says when it is ready, and waits until it is told to stop.</summary>
internal static class ServerRunner
{
    /// <summary>A token that nobody can guess.</summary>
    public static string NewDevelopmentToken() =>
        "shoal_dev_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    /// <summary>Returns when the server has stopped cleanly.</summary>
    /// <param name="context">Where to say so, and in which form.</param>
    /// <param name="options">How to serve.</param>
    /// <param name="introduce">Prints what comes before the ready line.</param>
    /// <param name="cancellationToken">Stops the server.</param>
    /// <param name="sync">What runs beside it, and ends before it; null for nothing.</param>
    public static async Task RunAsync(CommandContext context, ServerOptions options, Action<ShoalServer> introduce,
        CancellationToken cancellationToken, ServedSync? sync = null)
    {
        var console = context.Console;
        // The last to go, so that the end of the server is logged too.
        using var logging = options.LoggerFactory;
        using var store = options.HistoryStore as IDisposable;
        await using var server = await StartAsync(options, cancellationToken);
        await using var beside = sync;
        if (sync is not null)
        {
            await sync.StartAsync(server, cancellationToken);
        }

        if (context.Json)
        {
            WriteReady(console, server, options);
        }
        else
        {
            introduce(server);

            if (server.ItemsAddresses.Count > 0)
            {
                console.Out.WriteLine($"Items are served on {string.Join(", ", server.ItemsAddresses)}.");
            }

            // Last and at once, so that who waits for this line has read everything.
            console.Out.WriteLine($"Shoal {CliApplication.Version} is ready on {string.Join(", ", server.Addresses)} "
                + $"(data folder {options.DataFolder}). Ctrl-C stops it.");
        }

        console.Flush();
        try
        {
            await server.WaitForShutdownAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Being told to stop is how a server ends well.
        }

        console.Note("Stopping: finishing what runs.");
    }

    private static void WriteReady(CliConsole console, ShoalServer server, ServerOptions options) =>
        JsonOutput.WriteLine(console, writer =>
        {
            writer.WriteStartObject();
            writer.WriteBoolean("ready", value: true);
            writer.WriteString("version", CliApplication.Version);
            writer.WriteStartArray("urls");
            foreach (var address in server.Addresses)
            {
                writer.WriteStringValue(address);
            }

            writer.WriteEndArray();
            writer.WriteString("data", options.DataFolder);
            writer.WriteString("token", options.DevelopmentToken);
            writer.WriteEndObject();
        });

    private static async Task<ShoalServer> StartAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await ShoalServer.StartAsync(options, cancellationToken);
        }
        catch (ArgumentException failure) when (failure.ParamName == nameof(options))
        {
            throw CliException.Usage(failure.Message, "see shoal serve --help");
        }
        catch (EngineException failure) when (failure.Kind == EngineErrorKind.DataFolderInUse)
        {
            throw new CliException(failure.Message, "stop it first, or give another folder with --data", failure);
        }
        catch (IOException failure) when (failure.InnerException is
            Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new CliException($"cannot listen on {string.Join(", ", options.Urls)}: the port is in use",
                "choose another with --urls http://127.0.0.1:PORT", failure);
        }
    }
}
