using System.CommandLine;
using System.Globalization;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Sync;
using Shoal.Sync.Configuration;
using Shoal.Sync.State;

namespace Shoal.Cli.Syncing;

/// <summary><c>shoal sync dead-letters</c>: what tenants' databases refused, and what becomes of it.</summary>
internal static class SyncDeadLettersCommand
{
    private const string All = "all";

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var limit = new Option<int>("--limit")
        {
            Description = "How many, the newest ones.", HelpName = "N", DefaultValueFactory = static _ => 100,
        };
        var retry = new Option<string[]>("--retry")
        {
            Description = "Put this message back into the queue, or all; may be given several times.", HelpName = "ID",
        };
        var drop = new Option<string[]>("--drop")
        {
            Description = "Let go of this message, or all; may be given several times.", HelpName = "ID",
        };
        var command = options.AddTo(new CliCommand("dead-letters",
            "List rows and messages that a tenant's database refused. After the cause is gone, `shoal sync resync` brings rows, and "
            + "--retry messages of a queue.",
            "sync dead-letters shop.json", "sync dead-letters shop.json --limit 10 --json", "sync dead-letters shop.json --retry all"));
        input.AddTo(command);
        command.Add(limit);
        command.Add(retry);
        command.Add(drop);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            using var client = SyncInput.Connect(context);
            var sources = await input.ReadAsync(context, cancellationToken);
            var (retries, drops) = (context.Arguments.GetValue(retry) ?? [], context.Arguments.GetValue(drop) ?? []);
            if (retries.Length + drops.Length > 0)
            {
                var retried = await SettleAsync(retries, TimeSpan.Zero);
                Write(context, retried, await SettleAsync(drops, null));
                return;
            }

            var letters = new List<DeadLetter>();
            foreach (var source in sources)
            {
                letters.AddRange(await SyncInput.GuardAsync(() =>
                    new SyncInspector(source).DeadLettersAsync(client, context.Arguments.GetValue(limit), cancellationToken)));
            }

            Write(context, letters);

            Task<long> SettleAsync(string[] which, TimeSpan? after) => which.Length == 0 ? Task.FromResult(0L)
                : SyncInput.GuardAsync(() => new SyncInspector(SourceOf(sources)).SettleDeadLettersAsync(client, Numbers(which), after,
                    cancellationToken));
        });
    }

    /// <summary>Numbers are a source's own, so there must be no doubt which one is meant.</summary>
    private static SourceSettings SourceOf(IReadOnlyList<SourceSettings> sources)
    {
        var queues = sources.Where(static one => one.Queue is not null).ToList();
        return queues.Count == 1 ? queues[0]
            : queues.Count == 0 ? throw CliException.Usage("no source has a queue", "`shoal sync resync` brings rows that were refused")
            : throw CliException.Usage("several sources have a queue", "say which one with --source NAME");
    }

    private static long[]? Numbers(string[] which) => which.Contains(All, StringComparer.Ordinal) ? null
        : [.. which.Select(static one => long.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : throw CliException.Usage($"{one} is no number of a dead letter", "`shoal sync dead-letters FILE` lists them"))];

    private static void Write(CommandContext context, long retried, long dropped)
    {
        if (!context.Json)
        {
            context.Console.Out.WriteLine($"Put back {Units.Count(retried)}, let go of {Units.Count(dropped)}.");
            return;
        }

        JsonOutput.Write(context.Console, writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("retried", retried);
            writer.WriteNumber("dropped", dropped);
            writer.WriteEndObject();
        });
    }

    private static void Write(CommandContext context, List<DeadLetter> letters)
    {
        if (!context.Json)
        {
            RowsOutput.Write(context.Console, ["id", "tenant", "table", "operation", "key", "error"], letters.Select(static letter =>
                new object?[] { letter.Id, letter.Tenant, letter.Table, letter.Operation, letter.Key, letter.Error }));
            return;
        }

        JsonOutput.Write(context.Console, writer =>
        {
            writer.WriteStartArray();
            foreach (var letter in letters)
            {
                writer.WriteStartObject();
                writer.WriteNumber("id", letter.Id);
                writer.WriteString("tenant", letter.Tenant);
                writer.WriteString("table", letter.Table);
                writer.WriteString("operation", letter.Operation);
                writer.WriteString("key", letter.Key);
                writer.WriteString("error", letter.Error);
                writer.WriteNumber("lsn", letter.Lsn);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }
}
