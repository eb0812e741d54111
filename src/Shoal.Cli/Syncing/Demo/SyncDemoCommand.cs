using System.CommandLine;
using System.Text;
using Npgsql;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Cli.Serving;
using Shoal.Client;
using Shoal.Server;
using Shoal.Sync;
using Shoal.Sync.Configuration;
using Shoal.Sync.Verification;

namespace Shoal.Cli.Syncing.Demo;

/// <summary><c>shoal sync demo</c>: a PostgreSQL with a shop, a server, a sync between them, and changes without end.</summary>
internal static class SyncDemoCommand
{
    private const int Products = 200;
    private const int Changers = 4;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(2);

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var tenants = new Option<int>("--tenants")
        {
            Description = "How many shops.", HelpName = "N", DefaultValueFactory = static _ => 100,
        };
        var rate = new Option<int>("--rate")
        {
            Description = "Transactions a second.", HelpName = "N", DefaultValueFactory = static _ => 200,
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "Stop after this time and compare everything. Default: when told to (Ctrl-C).", HelpName = "N",
        };
        var serve = new ServeOptions();
        var command = new CliCommand("demo",
            "Start a scratch PostgreSQL with a shop of many tenants, a server and the sync between them; rows keep changing, and the lag "
            + "is shown. In the end everything is compared, and all of it is gone.",
            "sync demo", "sync demo --tenants 20 --seconds 10", "sync demo --urls http://127.0.0.1:9000 --json");
        command.Add(tenants);
        command.Add(rate);
        command.Add(seconds);
        command.Add(options.Json);
        serve.AddLimitsTo(command);
        return application.BindWithCode(command, async (context, cancellationToken) =>
        {
            var (count, perSecond) = (context.Arguments.GetValue(tenants), context.Arguments.GetValue(rate));
            var most = context.Arguments.GetValue(seconds);
            if (count < 1 || perSecond < 1 || most < 0)
            {
                throw CliException.Usage("--tenants and --rate must be at least 1, --seconds not negative", "shoal sync demo --seconds 10");
            }

            var data = Directory.CreateTempSubdirectory("shoal-sync-demo-").FullName;
            try
            {
                return await RunAsync(context, serve, data, (count, perSecond, most), cancellationToken);
            }
            finally
            {
                Directory.Delete(data, recursive: true);
            }
        });
    }

    private static async Task<int> RunAsync(CommandContext context, ServeOptions serve, string data,
        (int Tenants, int Rate, int Seconds) size, CancellationToken cancellationToken)
    {
        context.Console.Note($"Starting PostgreSQL with a shop of {Units.Count(size.Tenants)} tenants …");
        await using var postgres = await ScratchPostgres.StartAsync(cancellationToken);
        await postgres.ExecuteAsync(ShopData.Create(size.Tenants, Products), cancellationToken);
        var secret = ServerRunner.NewDevelopmentToken();
        var options = serve.ToServerOptions(context, data, secret);
        using var logging = options.LoggerFactory;
        await using var server = await ShoalServer.StartAsync(options, cancellationToken);
        var url = Introduction.ClientUrl(server.Addresses);
        using var client = new ShoalClient(new ShoalClientOptions
        {
            Address = new Uri(url), Token = secret, Account = TargetSettings.DefaultAccount,
        });
        var settings = SyncConfigurationReader.Read(Encoding.UTF8.GetBytes(ShopData.Configuration),
            name => name == "PG_URL" ? postgres.Address : null).Sources[0];
        var configuration = Path.Combine(data, "shop.json");
        await File.WriteAllTextAsync(configuration, ShopData.Configuration, cancellationToken);
        if (!context.Json)
        {
            Introduction.WriteEnvironment(context.Console.Out, url, TargetSettings.DefaultAccount, secret);
            context.Console.Out.WriteLine($"export PG_URL={postgres.Address}");
            context.Console.Out.WriteLine("Then, for example:");
            context.Console.Out.WriteLine("./shoal db execute shop-7 --command \"SELECT name, price FROM products LIMIT 5\"");
            context.Console.Out.WriteLine($"./shoal sync status {configuration}");
            context.Console.Flush();
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var source = new SyncSource(settings, client, new SyncConsoleLogger(context));
        var running = source.RunAsync(ending.Token);
        var probe = new LagProbe(client, postgres.ConnectionString, size.Tenants);
        using var changing = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        try
        {
            await await Task.WhenAny(source.Ready, running).WaitAsync(cancellationToken);
            var changes = ChangeAsync(postgres.ConnectionString, size, changing.Token);
            var probing = probe.RunAsync(changing.Token);
            await await Task.WhenAny(ReportAsync(context, source, probe, size.Seconds, cancellationToken), running, changes, probing);
            await changing.CancelAsync();
            await Task.WhenAll(changes, probing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return cancellationToken.IsCancellationRequested ? ExitCode.Ok
                : await CompareAsync(context, settings, client, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Being told to stop is how a demonstration ends well.
            return ExitCode.Ok;
        }
        finally
        {
            await ending.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Does what happens in the shop, at a steady rate.</summary>
    private static Task ChangeAsync(string connectionString, (int Tenants, int Rate, int Seconds) size, CancellationToken stopping) =>
        Task.WhenAll(Enumerable.Range(0, Changers).Select(async changer =>
        {
            var changes = ShopData.Changes(size.Tenants, Products);
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(stopping);
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1) * Changers / size.Rate);
            for (var turn = changer; await timer.WaitForNextTickAsync(stopping); turn += Changers)
            {
                await using var command = new NpgsqlCommand(changes[turn % changes.Length], connection);
                try
                {
                    await command.ExecuteNonQueryAsync(stopping);
                }
                catch (PostgresException error) when (error.SqlState is "40P01" or "23503")
                {
                    // Two of them met at the same row; the next one follows.
                    continue;
                }
            }
        }));

    private static async Task ReportAsync(CommandContext context, SyncSource source, LagProbe probe, int seconds,
        CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ReportInterval);
        var begun = context.Console.Time.GetTimestamp();
        var before = 0L;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var elapsed = context.Console.Time.GetElapsedTime(begun);
                Report(context, source, probe, elapsed, source.Counters.Rows - before);
                before = source.Counters.Rows;
                if (seconds > 0 && elapsed.TotalSeconds >= seconds)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Being told to stop is how a demonstration ends well.
            return;
        }
    }

    private static void Report(CommandContext context, SyncSource source, LagProbe probe, TimeSpan elapsed, long rows)
    {
        var (half, most) = probe.Take();
        if (!context.Json)
        {
            context.Console.Out.WriteLine($"{(long)elapsed.TotalSeconds,4} s  {Units.Count(source.Counters.Copied)} rows copied  "
                + $"{Units.Count(source.Counters.Rows)} changes applied  {Units.PerSecond(rows, ReportInterval)}/s  "
                + $"commit to readable: half within {Units.Count((long)half.TotalMilliseconds)} ms, "
                + $"all within {Units.Count((long)most.TotalMilliseconds)} ms");
        }
        else
        {
            JsonOutput.WriteLine(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteNumber("seconds", (long)elapsed.TotalSeconds);
                writer.WriteNumber("copied", source.Counters.Copied);
                writer.WriteNumber("rows", source.Counters.Rows);
                writer.WriteNumber("lag_p50_ms", half.TotalMilliseconds);
                writer.WriteNumber("lag_max_ms", most.TotalMilliseconds);
                writer.WriteEndObject();
            });
        }

        context.Console.Flush();
    }

    private static async Task<int> CompareAsync(CommandContext context, SourceSettings settings, ShoalClient client,
        CancellationToken cancellationToken)
    {
        var (rows, drifted, tables) = (0L, 0, 0);
        await foreach (var one in new SyncVerifier(settings, client).RunAsync([], repairs: false, cancellationToken))
        {
            rows += one.Rows;
            drifted += one.Drifted;
            tables++;
        }

        if (context.Json)
        {
            JsonOutput.WriteLine(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteNumber("compared", rows);
                writer.WriteNumber("drifted", drifted);
                writer.WriteEndObject();
            });
        }
        else
        {
            context.Console.Out.WriteLine(
                $"Compared {Units.Count(rows)} rows in {Units.Count(tables)} tables: {Units.Count(drifted)} differ.");
        }

        return drifted > 0 ? ExitCode.ProblemsFound : ExitCode.Ok;
    }
}
