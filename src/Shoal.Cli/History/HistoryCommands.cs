using System.CommandLine;
using System.Globalization;
using Shoal.Cli.Configuration;
using Shoal.Cli.Databases;
using Shoal.Cli.Output;
using Shoal.Cli.Targets;
using Shoal.Engine.History;
using Shoal.Protocol;

namespace Shoal.Cli.History;

/// <summary><c>shoal db history</c>, <c>restore</c>, <c>fork</c> and <c>retention</c>: Time Travel.</summary>
internal static class HistoryCommands
{
    private static readonly string[] PointNames = ["first_time", "first_bookmark", "last_time", "last_bookmark", "every_commit_since"];

    /// <summary>Adds them to <c>shoal db</c>.</summary>
    public static void AddTo(CliCommand db, CliApplication application, TargetOptions options)
    {
        db.Add(CreateHistory(application, options));
        db.Add(CreateRestore(application, options));
        db.Add(CreateFork(application, options));
        db.Add(BookmarkCommands.Create(application, options));
        db.Add(CreateRetention(application, options));
    }

    private static CliCommand CreateHistory(CliApplication application, TargetOptions options)
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "Name or id of the database.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var timestamp = new Option<string?>("--timestamp")
        {
            Description = "Only the bookmark of this moment, like 2026-01-02T03:04:05Z.",
            HelpName = "TIME",
        };
        var deleted = new Option<bool>("--deleted") { Description = "Deleted databases that can be brought back by `db fork`." };
        var command = options.AddTo(new CliCommand("history", "Show what a database can be restored to.",
            "db history app", "db history app --timestamp 2026-01-02T03:04:05Z", "db history --deleted"));
        command.Add(name);
        command.Add(timestamp);
        command.Add(deleted);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            if (context.Arguments.GetValue(deleted))
            {
                WriteDeleted(context, await target.ListDeletedAsync(cancellationToken));
                return;
            }

            var database = await DatabaseCommands.FindAsync(target, context.Arguments.GetValue(name)
                ?? throw CliException.Usage("which database?", "give its name, or --deleted"), cancellationToken);
            if (context.Arguments.GetValue(timestamp) is { } text)
            {
                WriteBookmark(context, await target.FindBookmarkAsync(database, TimeOf(text), cancellationToken));
                return;
            }

            WriteSpans(context, await target.ListHistoryAsync(database, cancellationToken));
        });
    }

    private static CliCommand CreateRestore(CliApplication application, TargetOptions options)
    {
        var name = DatabaseCommands.NameArgument();
        var (bookmark, timestamp) = MomentOptions();
        var command = options.AddTo(new CliCommand("restore", "Make a database what it was; other databases are not touched.",
            "db restore app --timestamp 2026-01-02T03:04:05Z", "db restore app --bookmark 00000001-00000000-0000002a-…"));
        command.Add(name);
        command.Add(bookmark);
        command.Add(timestamp);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var moment = MomentOf(context.Arguments.GetValue(bookmark), context.Arguments.GetValue(timestamp))
                ?? throw CliException.Usage("restored to when?",
                    "give --bookmark or --timestamp; `shoal db history NAME` lists what there is");
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await DatabaseCommands.FindAsync(target, context.Required(name), cancellationToken);
            var result = await target.RestoreAsync(database, moment, cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("bookmark", result.Bookmark);
                    writer.WriteString("previous_bookmark", result.PreviousBookmark);
                    writer.WriteEndObject();
                });
                return;
            }

            context.Console.Out.WriteLine($"Restored {database.Name} to {result.Bookmark}.");
            context.Console.Out.WriteLine($"Undo: shoal db restore {database.Name} --bookmark {result.PreviousBookmark}");
        });
    }

    private static CliCommand CreateFork(CliApplication application, TargetOptions options)
    {
        var name = new Argument<string>("NAME") { Description = "Name or id of the database, also of a deleted one." };
        var copy = new Argument<string>("COPY") { Description = "Name of the new database." };
        var (bookmark, timestamp) = MomentOptions();
        var command = options.AddTo(new CliCommand("fork", "Copy what a database was, or is, to a new one.",
            "db fork app app-yesterday --timestamp 2026-01-02T03:04:05Z", "db fork deleted-app app"));
        command.Add(name);
        command.Add(copy);
        command.Add(bookmark);
        command.Add(timestamp);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var moment = MomentOf(context.Arguments.GetValue(bookmark), context.Arguments.GetValue(timestamp));
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var source = await SourceAsync(target, context.Required(name), cancellationToken);
            var database = await target.ForkAsync(source, moment, context.Required(copy), cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer => DatabaseJson.Write(writer, database));
                return;
            }

            context.Console.Out.WriteLine($"Created database {database.Name} ({database.Id}) from {context.Required(name)}.");
        });
    }

    private static CliCommand CreateRetention(CliApplication application, TargetOptions options)
    {
        var name = DatabaseCommands.NameArgument();
        var days = new Option<int?>("--days") { Description = "Keep history of this database for so many days.", HelpName = "DAYS" };
        var reset = new Option<bool>("--default") { Description = "Keep it for as long as of other databases." };
        var command = options.AddTo(new CliCommand("retention", "Show or change how long history of a database is kept.",
            "db retention app", "db retention app --days 7", "db retention app --default", "db retention app --json"));
        command.Add(name);
        command.Add(days);
        command.Add(reset);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var (number, isReset) = (context.Arguments.GetValue(days), context.Arguments.GetValue(reset));
            if (number is not null && isReset)
            {
                throw CliException.Usage("--days or --default, not both", "drop one of them");
            }

            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await DatabaseCommands.FindAsync(target, context.Required(name), cancellationToken);
            var retention = number is not null || isReset
                ? await target.SetRetentionAsync(database, number, cancellationToken)
                : await target.GetRetentionAsync(database, cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteNumber("days", retention.Days);
                    writer.WriteBoolean("is_default", retention.IsDefault);
                    writer.WriteEndObject();
                });
                return;
            }

            var others = retention.IsDefault ? ", as of other databases" : "";
            context.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"History of {database.Name} is kept for {retention.Days:0.##} days{others}."));
        });
    }

    private static async Task<DatabaseId> SourceAsync(ITarget target, string idOrName, CancellationToken cancellationToken)
    {
        if (await target.FindDatabaseAsync(idOrName, cancellationToken) is { } database)
        {
            return database.Id;
        }

        var deleted = await target.ListDeletedAsync(cancellationToken);
        return deleted.FirstOrDefault(one => one.Name == idOrName || one.Id.ToString() == idOrName)?.Id
            ?? throw new CliException($"there is no database \"{idOrName}\" in {target.Description}, and no deleted one in its history",
                "`shoal db list` shows what there is, `shoal db history --deleted` what was deleted");
    }

    /// <summary>The options that say which state is meant.</summary>
    public static (Option<string?> Bookmark, Option<string?> Timestamp) MomentOptions() => (
        new Option<string?>("--bookmark")
        {
            Description = "The state right after the commit that it names; or a name, see `db bookmark`.",
            HelpName = "BOOKMARK",
        },
        new Option<string?>("--timestamp")
        {
            Description = "The state at this moment, like 2026-01-02T03:04:05Z or Unix seconds.",
            HelpName = "TIME",
        });

    /// <summary>What they say; null for nothing.</summary>
    public static RestoreMoment? MomentOf(string? bookmark, string? timestamp) => (bookmark, timestamp) switch
    {
        (null, null) => null,
        (not null, null) => RestoreMoment.At(bookmark),
        (null, not null) => RestoreMoment.At(TimeOf(timestamp)),
        _ => throw CliException.Usage("a bookmark or a timestamp, not both", "drop one of them"),
    };

    /// <summary>Reads a moment that somebody has written.</summary>
    public static DateTimeOffset TimeOf(string text) => RestoreMoment.Of(text).Time
        ?? throw CliException.Usage($"\"{text}\" is no time", "write it like 2026-01-02T03:04:05Z");

    private static void WriteBookmark(CommandContext context, string bookmark)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("bookmark", bookmark);
                writer.WriteEndObject();
            });
            return;
        }

        context.Console.Out.WriteLine(bookmark);
    }

    private static void WriteSpans(CommandContext context, IReadOnlyList<HistoryRange> spans)
    {
        var rows = spans.Select(static span => new[]
        {
            DatabaseJson.Timestamp(span.FirstTime), span.First.ToString(), DatabaseJson.Timestamp(span.LastTime), span.Last.ToString(),
            DatabaseJson.Timestamp(span.EveryCommitSince),
        }).ToArray();
        if (context.Json)
        {
            WriteObjects(context, PointNames, rows);
            return;
        }

        RowsOutput.Write(context.Console, PointNames[..^1], rows.Select(static row => row[..^1].ToArray<object?>()));
        context.Console.Note(rows.Length == 0
            ? "nothing yet: the database has not changed since history is kept"
            : spans.All(static span => span.EveryCommitSince <= span.FirstTime)
                ? "every commit between first and last can be restored"
                : $"every commit since {DatabaseJson.Timestamp(spans[^1].EveryCommitSince)} can be restored; "
                    + "of those before, the last of each minute");
    }

    private static void WriteDeleted(CommandContext context, IReadOnlyList<Engine.Catalog.DroppedDatabase> databases)
    {
        string[] names = ["name", "uuid", "created_at", "deleted_at"];
        var rows = databases.Select(static one => new[]
        {
            one.Name, one.Id.ToString(), DatabaseJson.Timestamp(one.CreatedAt), DatabaseJson.Timestamp(one.DroppedAt),
        }).ToArray();
        if (context.Json)
        {
            WriteObjects(context, names, rows);
            return;
        }

        RowsOutput.Write(context.Console, names, rows.Select(static row => row.ToArray<object?>()));
        context.Console.Note(rows.Length == 1 ? "1 database" : $"{Units.Count(rows.Length)} databases");
    }

    private static void WriteObjects(CommandContext context, string[] names, string[][] rows) => JsonOutput.Write(context.Console, writer =>
    {
        writer.WriteStartArray();
        foreach (var row in rows)
        {
            writer.WriteStartObject();
            for (var column = 0; column < names.Length; column++)
            {
                writer.WriteString(names[column], row[column]);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
