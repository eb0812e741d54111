using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.History;
using Shoal.Cli.Output;
using Shoal.Cli.Targets;

namespace Shoal.Cli.Databases;

/// <summary><c>shoal db</c>: create, list, info, delete; the larger commands have files of their own.</summary>
internal static class DatabaseCommands
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var db = new CliCommand("db", "Create, list, query, import, export and restore databases.",
            "db create app", "db execute app --command \"SELECT 1\"");
        db.Add(CreateCreate(application, options));
        db.Add(CreateList(application, options));
        db.Add(CreateInfo(application, options));
        db.Add(CreateDelete(application, options));
        db.Add(ExecuteCommand.Create(application, options));
        db.Add(ImportCommand.Create(application, options));
        db.Add(ExportCommand.Create(application, options));
        HistoryCommands.AddTo(db, application, options);
        return db;
    }

    /// <summary>The argument that names a database.</summary>
    public static Argument<string> NameArgument() => new("NAME") { Description = "Name or id of the database." };

    public static async Task<DatabaseSummary> FindAsync(ITarget target, string idOrName, CancellationToken cancellationToken) =>
        await target.FindDatabaseAsync(idOrName, cancellationToken)
        ?? throw new CliException($"there is no database \"{idOrName}\" in {target.Description}",
            $"`shoal db list` shows what there is, `shoal db create {idOrName}` creates it");

    private static CliCommand CreateCreate(CliApplication application, TargetOptions options)
    {
        var name = new Argument<string>("NAME") { Description = "Letters, digits, - and _." };
        var location = new Option<string?>("--location")
        {
            Description = "Location hint, kept for D1's API: wnam, enam, weur, eeur, apac, oc.",
            HelpName = "HINT",
        };
        var command = options.AddTo(new CliCommand("create", "Create an empty database.",
            "db create app", "db create app --data ./data", "db create app --json"));
        command.Add(name);
        command.Add(location);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var target = await context.OpenTargetAsync(createFolder: true, cancellationToken);
            var database = await target.CreateDatabaseAsync(context.Required(name),
                context.Arguments.GetValue(location), cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer => DatabaseJson.Write(writer, database));
            }
            else
            {
                context.Console.Out.WriteLine($"Created database {database.Name} ({database.Id}).");
            }
        });
    }

    private static CliCommand CreateList(CliApplication application, TargetOptions options)
    {
        var name = new Option<string?>("--name")
        {
            Description = "Only databases whose name contains this, in any case.",
            HelpName = "PART",
        };
        var command = options.AddTo(new CliCommand("list", "List the account's databases, oldest first.",
            "db list", "db list --name country-", "db list --data ./data --json"));
        command.Add(name);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var databases = await target.ListDatabasesAsync(context.Arguments.GetValue(name), cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartArray();
                    foreach (var database in databases)
                    {
                        DatabaseJson.Write(writer, database);
                    }

                    writer.WriteEndArray();
                });
                return;
            }

            RowsOutput.Write(context.Console, ["name", "uuid", "created_at"], databases.Select(database =>
                new object?[] { database.Name, database.Id.ToString(), DatabaseJson.Timestamp(database.CreatedAt) }));
            context.Console.Note(databases.Count == 1 ? "1 database"
                : $"{Units.Count(databases.Count)} databases");
        });
    }

    private static CliCommand CreateInfo(CliApplication application, TargetOptions options)
    {
        var name = NameArgument();
        var command = options.AddTo(new CliCommand("info", "Show one database: its id, age, size and tables.",
            "db info app", "db info app --json"));
        command.Add(name);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await FindAsync(target, context.Required(name), cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer => DatabaseJson.Write(writer, database));
                return;
            }

            RowsOutput.Write(context.Console, ["property", "value"],
            [
                ["name", database.Name],
                ["uuid", database.Id.ToString()],
                ["created_at", DatabaseJson.Timestamp(database.CreatedAt)],
                ["size", database.FileBytes is { } bytes ? Units.Bytes(bytes) : null],
                ["tables", (long?)database.TableCount],
            ]);
        });
    }

    private static CliCommand CreateDelete(CliApplication application, TargetOptions options)
    {
        var name = NameArgument();
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var command = options.AddTo(new CliCommand("delete", "Delete a database for good.",
            "db delete app", "db delete app --yes"));
        command.Add(name);
        command.Add(yes);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await FindAsync(target, context.Required(name), cancellationToken);
            if (!context.Arguments.GetValue(yes))
            {
                await ConfirmAsync(context.Console, database, target, cancellationToken);
            }

            await target.DeleteDatabaseAsync(database, cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("deleted", database.Id.ToString());
                    writer.WriteString("name", database.Name);
                    writer.WriteEndObject();
                });
            }
            else
            {
                context.Console.Out.WriteLine($"Deleted database {database.Name} ({database.Id}).");
            }
        });
    }

    private static async Task ConfirmAsync(CliConsole console, DatabaseSummary database, ITarget target,
        CancellationToken cancellationToken)
    {
        if (!console.InIsTerminal || !console.ErrorIsTerminal)
        {
            throw CliException.Usage($"refusing to delete {database.Name} without being asked to",
                "nobody is there to confirm; add --yes");
        }

        console.Error.Write($"Delete database {database.Name} ({database.Id}, "
            + $"{Units.Bytes(database.FileBytes ?? 0)}) of {target.Description} for good? [y/N] ");
        console.Error.Flush();
        if ((await console.ReadLineAsync(cancellationToken))?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new CliException($"{database.Name} was not deleted");
        }
    }
}
