using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Client;
using Shoal.Sync;
using Shoal.Sync.Configuration;

namespace Shoal.Cli.Syncing;

/// <summary><c>shoal sync run</c>: synchronises until it is stopped.</summary>
internal static class SyncRunCommand
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(10);

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var command = options.AddTo(new CliCommand("run",
            "Copy all tenants the first time, then follow PostgreSQL until stopped. May be killed at any time: it goes on where it was.",
            "sync run shop.json", "sync run shop.json --url https://db.example --json"));
        input.AddTo(command);
        var listen = new Option<string?>("--listen")
        {
            Description = "Address that serves /metrics, /status, /health and the push queues, like http://127.0.0.1:9465.",
            HelpName = "URL",
        };
        var listenToken = new Option<string?>("--listen-token")
        {
            Description = "Token that --listen asks for, except for /health. Needed for an address that others can reach.",
            HelpName = "TOKEN",
        };
        command.Add(listen);
        command.Add(listenToken);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            using var client = SyncInput.Connect(context);
            var sources = await input.ReadAsync(context, cancellationToken);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var set = new SyncSet(sources, client, new SyncConsoleLogger(context));
            await using var listener = context.Arguments.GetValue(listen) is { } address
                ? await SyncListener.StartAsync(address,
                    context.Settings.Read("listen-token", context.Arguments.GetValue(listenToken)).Value,
                    sources, set, client, cancellationToken) : null;
            List<Task> running = [.. set.Streams.Select(one => RunAsync(context, one.Settings, one.Source, ending.Token)),
                .. set.Queues.Select(one => RunAsync(one.Queue, ending.Token))];
            if (listener is not null)
            {
                await Task.WhenAny(Task.WhenAll(set.Queues.Select(static one => one.Queue.Ready)), Task.WhenAny(running));
                context.Console.Note($"Metrics and status are on {listener.Address}.");
                if (set.Queues.Count > 0)
                {
                    Introduce(context, $"The queue is ready on {listener.Address} for messages to "
                        + string.Join(", ", set.Queues.Select(static one => $"/sync/{one.Settings.Name}/messages")));
                }
            }

            try
            {
                await await Task.WhenAny(running);
            }
            finally
            {
                await ending.CancelAsync();
                await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
    }

    /// <summary>On the standard output, where who waits for it reads; that is kept for JSON when that is asked for.</summary>
    private static void Introduce(CommandContext context, string text)
    {
        if (context.Json)
        {
            context.Console.Note(text);
            return;
        }

        context.Console.Out.WriteLine(text);
        context.Console.Flush();
    }

    private static Task RunAsync(SyncQueue queue, CancellationToken stopping) => SyncInput.GuardAsync(async () =>
    {
        await queue.RunAsync(stopping);
        return true;
    });

    private static Task RunAsync(CommandContext context, SourceSettings settings, SyncSource source, CancellationToken stopping) =>
        SyncInput.GuardAsync(async () =>
        {
            var running = source.RunAsync(stopping);
            using var timer = new PeriodicTimer(ReportInterval);
            var before = 0L;
            while (!running.IsCompleted)
            {
                var tick = timer.WaitForNextTickAsync(stopping).AsTask();
                if (await Task.WhenAny(running, tick) == running || stopping.IsCancellationRequested)
                {
                    break;
                }

                Report(context, source, settings.Name, before);
                before = source.Counters.Rows + source.Counters.Copied;
            }

            await running;
            return true;
        });

    private static void Report(CommandContext context, SyncSource source, string name, long before)
    {
        var counters = source.Counters;
        var rows = counters.Rows + counters.Copied - before;
        if (!context.Json)
        {
            context.Console.Note($"{name}: {Units.Count(counters.Copied)} rows copied, {Units.Count(counters.Rows)} changes applied, "
                + $"{Units.PerSecond(rows, ReportInterval)} rows/s, "
                + $"{Units.Count((long)source.Lag.TotalMilliseconds)} ms behind at the last one");
            return;
        }

        JsonOutput.WriteLine(context.Console, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("source", name);
            writer.WriteNumber("copied", counters.Copied);
            writer.WriteNumber("rows", counters.Rows);
            writer.WriteNumber("transactions", counters.Transactions);
            writer.WriteNumber("batches", counters.Batches);
            writer.WriteNumber("skipped", counters.Skipped);
            writer.WriteNumber("dead_letters", counters.DeadLetters);
            writer.WriteNumber("lag_ms", (long)source.Lag.TotalMilliseconds);
            writer.WriteEndObject();
        });
        context.Console.Flush();
    }
}
