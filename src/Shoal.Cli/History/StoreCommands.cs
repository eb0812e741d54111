using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Engine.History.Stores;
using Spectre.Console;

namespace Shoal.Cli.History;

/// <summary><c>shoal restore</c> and <c>shoal history probe</c>: the node and its history store.</summary>
internal static class StoreCommands
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Makes a data folder from a store.</summary>
    public static CliCommand CreateRestore(CliApplication application, TargetOptions options)
    {
        var from = new Option<string>("--from")
        {
            Description = "The history store: s3://BUCKET/PREFIX, or a folder.",
            HelpName = "STORE",
            Required = true,
        };
        var to = new Option<string>("--to")
        {
            Description = "The new data folder; empty or missing.",
            HelpName = "DIR",
            Required = true,
        };
        var at = new Option<string?>("--at")
        {
            Description = "What databases were at this moment, like 2026-01-02T03:04:05Z. Default: the newest that the store has.",
            HelpName = "TIME",
        };
        var databases = new Option<string[]>("--database")
        {
            Description = "Only this database, by name or id; may be given again. The node can then not go on with the store.",
            HelpName = "NAME",
        };
        var nearest = new Option<bool>("--nearest")
        {
            Description = "Where a pack is missing or damaged, the nearest state before it instead of an error.",
        };
        var (endpoint, region) = HistoryStores.Options();
        var command = new CliCommand("restore", "Make the data folder of a lost node from its history store.",
            "restore --from s3://backups/node-1 --to data",
            "restore --from s3://backups/node-1 --to data --endpoint https://s3.example.com --region eu-1",
            "restore --from /mnt/history --to data --at 2026-01-02T03:04:05Z --database app");
        foreach (var option in (Option[])[from, to, at, databases, nearest, endpoint, region, options.Json])
        {
            command.Add(option);
        }

        return application.Bind(command, async (context, cancellationToken) =>
        {
            var store = HistoryStores.Open(context, context.Required(from), context.Arguments.GetValue(endpoint),
                context.Arguments.GetValue(region));
            using var closing = store as IDisposable;
            var folder = context.Console.FullPath(context.Required(to));
            var restore = new NodeRestoreOptions
            {
                Store = store,
                DataFolder = folder,
                At = context.Arguments.GetValue(at) is { } time ? HistoryCommands.TimeOf(time) : null,
                Databases = context.Arguments.GetValue(databases) ?? [],
                Nearest = context.Arguments.GetValue(nearest),
                TimeProvider = context.Console.Time,
            };
            var started = context.Console.Time.GetTimestamp();
            var result = await ShowAsync(context.Console, progress => Task.Run(
                () => NodeRestore.RunAsync(restore, progress, cancellationToken), cancellationToken));
            Write(context, result, folder, context.Console.Time.GetElapsedTime(started));
        });
    }

    /// <summary>The commands about history as a whole.</summary>
    public static CliCommand CreateHistory(CliApplication application, TargetOptions options)
    {
        var history = new CliCommand("history", "The history of a node.", "history probe s3://backups/node-1");
        var store = new Argument<string>("STORE") { Description = "The history store: s3://BUCKET/PREFIX, or a folder." };
        var (endpoint, region) = HistoryStores.Options();
        var probe = new CliCommand("probe", "Ask a history store what it honours; objects under probe/ are made and deleted. Exits with 3 "
            + "when history can not be kept there.",
            "history probe s3://backups/node-1", "history probe s3://backups/node-1 --endpoint http://127.0.0.1:7480 --json");
        probe.Add(store);
        probe.Add(endpoint);
        probe.Add(region);
        probe.Add(options.Json);
        history.Add(application.BindWithCode(probe, async (context, cancellationToken) =>
        {
            var target = HistoryStores.Open(context, context.Required(store), context.Arguments.GetValue(endpoint),
                context.Arguments.GetValue(region));
            using var closing = target as IDisposable;
            var result = await StoreProbe.RunAsync(target, cancellationToken);
            Write(context, result);
            return result.IsUsable ? ExitCode.Ok : ExitCode.ProblemsFound;
        }));
        return history;
    }

    private static void Write(CommandContext context, StoreProbeResult result)
    {
        (string Name, string What, bool? Honours, bool IsNeeded)[] rows =
        [
            ("create_only", "create only when there is none (If-None-Match: *)", result.CreateOnly, true),
            ("range_reads", "read a part of an object (Range)", result.RangeReads, true),
            ("lists_at_once", "list what was just created", result.ListsAtOnce, true),
            ("replace_if_match", "replace only in a known state (If-Match)", result.ReplaceIfMatch, false),
            ("checksums", "refuse content with another checksum (Content-MD5)", result.Checksums, false),
        ];
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteBoolean("usable", result.IsUsable);
                foreach (var (name, _, honours, _) in rows)
                {
                    if (honours is { } yes)
                    {
                        writer.WriteBoolean(name, yes);
                    }
                    else
                    {
                        writer.WriteNull(name);
                    }
                }

                writer.WriteEndObject();
            });
            return;
        }

        RowsOutput.Write(context.Console, ["operation", "honoured", "needed"], rows.Select(static row => new object?[]
        {
            row.What, row.Honours switch { true => "yes", false => "no", null => "not asked" }, row.IsNeeded ? "yes" : "no",
        }));
        context.Console.Note(result.IsUsable ? "history can be kept there" : "history can not be kept there");
    }

    private static void Write(CommandContext context, NodeRestoreResult result, string folder, TimeSpan elapsed)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer => Write(writer, result, folder, elapsed));
            return;
        }

        foreach (var damaged in result.Damaged)
        {
            context.Console.Note($"warning: a pack can not be used: {damaged}");
        }

        foreach (var older in result.NotNewest)
        {
            context.Console.Note($"warning: {older}");
        }

        context.Console.Out.WriteLine($"Restored {Count(result.Databases, "database")} ({Units.Bytes(result.DatabaseBytes)}) to "
            + $"{folder} in {Units.Duration(elapsed)}, from {Count(result.Packs, "pack")} ({Units.Bytes(result.PackBytes)}).");
        context.Console.Out.WriteLine("The store was complete until "
            + result.CompleteUntil.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture) + ".");
        context.Console.Out.WriteLine($"Next: shoal serve --data {folder}");
    }

    private static string Count(int count, string what) => $"{Units.Count(count)} {what}{(count == 1 ? "" : "s")}";

    private static void Write(Utf8JsonWriter writer, NodeRestoreResult result, string folder, TimeSpan elapsed)
    {
        writer.WriteStartObject();
        writer.WriteString("data", folder);
        writer.WriteNumber("databases", result.Databases);
        writer.WriteNumber("database_bytes", result.DatabaseBytes);
        writer.WriteNumber("packs", result.Packs);
        writer.WriteNumber("pack_bytes", result.PackBytes);
        writer.WriteString("complete_until", result.CompleteUntil);
        writer.WriteNumber("seconds", elapsed.TotalSeconds);
        WriteTexts(writer, "damaged", result.Damaged);
        WriteTexts(writer, "not_newest", result.NotNewest);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private static async Task<NodeRestoreResult> ShowAsync(
        CliConsole console, Func<IProgress<NodeRestoreProgress>, Task<NodeRestoreResult>> restore)
    {
        if (!console.ErrorIsTerminal)
        {
            return await restore(new SynchronousProgress<NodeRestoreProgress>(static _ => { }));
        }

        return await Terminal.Create(console, console.Error).Progress().AutoClear(enabled: true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new ElapsedTimeColumn())
            .StartAsync(async display =>
            {
                var task = display.AddTask("Starting", maxValue: 1);
                var drawn = console.Time.GetTimestamp();
                var gate = new Lock();
                return await restore(new SynchronousProgress<NodeRestoreProgress>(progress =>
                {
                    lock (gate)
                    {
                        if (progress.Done < progress.Total && console.Time.GetElapsedTime(drawn) < RedrawInterval)
                        {
                            return;
                        }

                        drawn = console.Time.GetTimestamp();
                        (task.MaxValue, task.Value, task.Description) = (Math.Max(1, progress.Total), progress.Done, progress.Step);
                    }
                }));
            });
    }
}
