using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Databases;
using Shoal.Cli.Output;
using Shoal.Cli.Targets;
using Shoal.Engine;

namespace Shoal.Cli.Migrations;

/// <summary><c>shoal migrations</c>: numbered SQL files, applied once each; wrangler's folder and table.</summary>
internal static class MigrationCommands
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var migrations = new CliCommand("migrations", "Create, list and apply migrations, compatible with wrangler's.",
            "migrations create app add users", "migrations apply app");
        migrations.Add(CreateCreate(application, options));
        migrations.Add(CreateList(application, options));
        migrations.Add(CreateApply(application, options));
        return migrations;
    }

    private static Option<string> FolderOption() => new("--dir")
    {
        Description = "Folder of the migrations.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "migrations",
    };

    private static Option<string> TableOption() => new("--table")
    {
        Description = "Table that records what was applied.",
        HelpName = "TABLE",
        DefaultValueFactory = _ => MigrationTable.DefaultName,
    };

    private static CliCommand CreateCreate(CliApplication application, TargetOptions options)
    {
        var name = new Argument<string>("NAME") { Description = "Database the migration is for; as in wrangler, only informative." };
        var message = new Argument<string[]>("MESSAGE")
        {
            Description = "What the migration does.",
            Arity = ArgumentArity.OneOrMore,
        };
        var folder = FolderOption();
        var command = new CliCommand("create", "Create the next migration file.",
            "migrations create app add users", "migrations create app \"index users by email\" --dir db/migrations");
        command.Add(name);
        command.Add(message);
        command.Add(folder);
        command.Add(options.Json);
        return application.Bind(command, (context, _) =>
        {
            var path = new MigrationFolder(context.Console.FullPath(context.Required(folder)))
                .Create(string.Join(' ', context.Required(message)), context.Console.Time.GetUtcNow());
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", Path.GetFileName(path));
                    writer.WriteString("file", path);
                    writer.WriteEndObject();
                });
            }
            else
            {
                context.Console.Out.WriteLine($"Created {path}.");
            }

            return Task.CompletedTask;
        });
    }

    private static CliCommand CreateList(CliApplication application, TargetOptions options)
    {
        var name = DatabaseCommands.NameArgument();
        var folder = FolderOption();
        var table = TableOption();
        var command = options.AddTo(new CliCommand("list", "List migrations, and which of them are not applied yet.",
            "migrations list app", "migrations list app --json"));
        command.Add(name);
        command.Add(folder);
        command.Add(table);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var files = new MigrationFolder(context.Console.FullPath(context.Required(folder))).List();
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await DatabaseCommands.FindAsync(target, context.Required(name), cancellationToken);
            var applied = await new MigrationTable(target, database, context.Required(table))
                .ReadAppliedAsync(cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartArray();
                    foreach (var file in files)
                    {
                        writer.WriteStartObject();
                        writer.WriteString("name", file.Name);
                        writer.WriteBoolean("applied", applied.Contains(file.Name));
                        writer.WriteEndObject();
                    }

                    writer.WriteEndArray();
                });
                return;
            }

            RowsOutput.Write(context.Console, ["migration", "state"],
                files.Select(file => new object?[] { file.Name, applied.Contains(file.Name) ? "applied" : "not applied" }));
        });
    }

    private static CliCommand CreateApply(CliApplication application, TargetOptions options)
    {
        var name = DatabaseCommands.NameArgument();
        var folder = FolderOption();
        var table = TableOption();
        var command = options.AddTo(new CliCommand("apply",
            "Apply what is not applied yet, in order, each in its own transaction; stop at the first failure.",
            "migrations apply app", "migrations apply app --data ./data --dir db/migrations"));
        command.Add(name);
        command.Add(folder);
        command.Add(table);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var files = new MigrationFolder(context.Console.FullPath(context.Required(folder))).List();
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await DatabaseCommands.FindAsync(target, context.Required(name), cancellationToken);
            var record = new MigrationTable(target, database, context.Required(table));
            var applied = await record.ReadAppliedAsync(cancellationToken);
            var waiting = files.Where(file => !applied.Contains(file.Name)).ToList();
            if (waiting.Count > 0)
            {
                await record.CreateAsync(cancellationToken);
            }

            foreach (var file in waiting)
            {
                await ApplyAsync(context, record, file, cancellationToken);
            }

            Report(context, waiting);
        });
    }

    private static async Task ApplyAsync(CommandContext context, MigrationTable record, MigrationFile file,
        CancellationToken cancellationToken)
    {
        try
        {
            await record.ApplyAsync(file, await File.ReadAllTextAsync(file.Path, cancellationToken), cancellationToken);
        }
        catch (Exception failure) when (failure is CliException or EngineException)
        {
            throw new CliException($"migration {file.Name} failed: {failure.Message}",
                "nothing of it was applied, and those before it stay; repair the file and apply again", failure);
        }

        if (!context.Json)
        {
            context.Console.Out.WriteLine($"Applied {file.Name}.");
            context.Console.Out.Flush();
        }
    }

    private static void Report(CommandContext context, List<MigrationFile> applied)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray("applied");
                applied.ForEach(file => writer.WriteStringValue(file.Name));
                writer.WriteEndArray();
                writer.WriteEndObject();
            });
        }
        else if (applied.Count == 0)
        {
            context.Console.Out.WriteLine("Nothing to apply: the database is up to date.");
        }
    }
}
