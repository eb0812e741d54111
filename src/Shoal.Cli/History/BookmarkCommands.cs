using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Databases;
using Shoal.Cli.Output;
using Shoal.Engine.Catalog;

namespace Shoal.Cli.History;

/// <summary><c>shoal db bookmark</c>: names for states that one may want to go back to.</summary>
internal static class BookmarkCommands
{
    private static readonly string[] Columns = ["name", "bookmark", "created_at", "automatic"];

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var bookmark = new CliCommand("bookmark", "Name what a database is before something risky; migrations do so by themselves.",
            "db bookmark create app before-import", "db bookmark list app", "db restore app --bookmark before-import");
        bookmark.Add(CreateCreate(application, options));
        bookmark.Add(CreateList(application, options));
        bookmark.Add(CreateDelete(application, options));
        return bookmark;
    }

    private static Argument<string> BookmarkArgument() => new("BOOKMARK") { Description = "Name of the bookmark." };

    private static CliCommand CreateCreate(CliApplication application, TargetOptions options)
    {
        var name = DatabaseCommands.NameArgument();
        var called = BookmarkArgument();
        var (bookmark, timestamp) = HistoryCommands.MomentOptions();
        var command = options.AddTo(new CliCommand("create", "Name what a database is now, or was.",
            "db bookmark create app before-import", "db bookmark create app good --timestamp 2026-01-02T03:04:05Z"));
        command.Add(name);
        command.Add(called);
        command.Add(bookmark);
        command.Add(timestamp);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var moment = HistoryCommands.MomentOf(context.Arguments.GetValue(bookmark), context.Arguments.GetValue(timestamp));
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await DatabaseCommands.FindAsync(target, context.Required(name), cancellationToken);
            var named = await target.NameAsync(database, context.Required(called), moment, cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", named.Name);
                    writer.WriteString("bookmark", named.Bookmark.ToString());
                    writer.WriteEndObject();
                });
                return;
            }

            context.Console.Out.WriteLine($"Named {named.Bookmark} of {database.Name} {named.Name}.");
        });
    }

    private static CliCommand CreateList(CliApplication application, TargetOptions options)
    {
        var name = DatabaseCommands.NameArgument();
        var command = options.AddTo(new CliCommand("list", "List the named bookmarks of a database.",
            "db bookmark list app", "db bookmark list app --json"));
        command.Add(name);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await DatabaseCommands.FindAsync(target, context.Required(name), cancellationToken);
            Write(context, await target.ListNamesAsync(database, cancellationToken));
        });
    }

    private static CliCommand CreateDelete(CliApplication application, TargetOptions options)
    {
        var name = DatabaseCommands.NameArgument();
        var called = BookmarkArgument();
        var command = options.AddTo(new CliCommand("delete", "Take a name away; its state is then kept like any other.",
            "db bookmark delete app before-import"));
        command.Add(name);
        command.Add(called);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await DatabaseCommands.FindAsync(target, context.Required(name), cancellationToken);
            if (!await target.RemoveNameAsync(database, context.Required(called), cancellationToken))
            {
                throw new CliException($"{database.Name} has no bookmark \"{context.Required(called)}\"",
                    $"`shoal db bookmark list {database.Name}` shows what there is");
            }

            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("deleted", context.Required(called));
                    writer.WriteString("database", database.Name);
                    writer.WriteEndObject();
                });
                return;
            }

            context.Console.Out.WriteLine($"Deleted bookmark {context.Required(called)} of {database.Name}.");
        });
    }

    private static void Write(CommandContext context, IReadOnlyList<NamedBookmark> bookmarks)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartArray();
                foreach (var named in bookmarks)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", named.Name);
                    writer.WriteString("bookmark", named.Bookmark.ToString());
                    writer.WriteString("created_at", DatabaseJson.Timestamp(named.CreatedAt));
                    writer.WriteBoolean("automatic", named.IsAutomatic);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            });
            return;
        }

        RowsOutput.Write(context.Console, Columns, bookmarks.Select(static named => new object?[]
        {
            named.Name, named.Bookmark.ToString(), DatabaseJson.Timestamp(named.CreatedAt), named.IsAutomatic ? "yes" : "no",
        }));
    }
}
