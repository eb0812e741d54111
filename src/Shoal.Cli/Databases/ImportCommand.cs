using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Cli.Targets;

namespace Shoal.Cli.Databases;

/// <summary><c>shoal db import</c>: loads a file of SQL, CSV or SQLite, all of it or nothing.</summary>
internal static class ImportCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var name = DatabaseCommands.NameArgument();
        var file = new Argument<string>("FILE") { Description = "File to import." };
        var format = new Option<string?>("--format")
        {
            Description = "sql, csv or sqlite; default by the file's extension.",
            HelpName = "FORMAT",
        };
        var table = new Option<string?>("--table")
        {
            Description = "Table for CSV rows, created when missing; default the file's name.",
            HelpName = "TABLE",
        };
        var delimiter = new Option<string?>("--delimiter")
        {
            Description = "What separates CSV fields; default a comma, \\t for a tab.",
            HelpName = "CHAR",
        };
        var create = new Option<bool>("--create") { Description = "Create the database when there is none." };
        var command = options.AddTo(new CliCommand("import", "Load a .sql, .csv or .sqlite file into a database.",
            "db import app dump.sql --create",
            "db import app people.csv --table people",
            "db import app old.sqlite --data ./data --create"));
        command.Add(name);
        command.Add(file);
        command.Add(format);
        command.Add(table);
        command.Add(delimiter);
        command.Add(create);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var path = context.Console.FullPath(context.Required(file));
            var source = ReadSource(path, context.Arguments.GetValue(format), context.Arguments.GetValue(table),
                context.Arguments.GetValue(delimiter));
            await using var target = await context.OpenTargetAsync(context.Arguments.GetValue(create), cancellationToken);
            var found = await target.FindDatabaseAsync(context.Required(name), cancellationToken);
            if (found is null && !context.Arguments.GetValue(create))
            {
                throw new CliException($"there is no database \"{context.Required(name)}\" in {target.Description}",
                    "add --create to make it now, or see `shoal db list`");
            }

            var database = found ?? await target.CreateDatabaseAsync(context.Required(name), locationHint: null,
                cancellationToken);
            var completed = false;
            try
            {
                await ImportAsync(context, target, database, source, cancellationToken);
                completed = true;
            }
            finally
            {
                // All or nothing: a database that was made for this import goes with it, also after Ctrl-C.
                if (!completed && found is null)
                {
                    await target.DeleteDatabaseAsync(database, CancellationToken.None);
                }
            }
        });
    }

    private static ImportSource ReadSource(string path, string? format, string? table, string? delimiter)
    {
        var chosen = TransferFormats.Choose(format, path);
        if (!File.Exists(path))
        {
            throw new CliException($"there is no file {path}");
        }

        if (chosen != TransferFormat.Csv && (table is not null || delimiter is not null))
        {
            throw CliException.Usage("--table and --delimiter are for CSV files", "add --format csv if the file is one");
        }

        var separator = delimiter switch
        {
            null => ',',
            "\\t" or "tab" => '\t',
            { Length: 1 } => delimiter[0],
            _ => throw CliException.Usage($"--delimiter \"{delimiter}\" is not one character", "use for example --delimiter ';'"),
        };
        return new ImportSource(path, chosen,
            chosen == TransferFormat.Csv ? table ?? Path.GetFileNameWithoutExtension(path) : null, separator);
    }

    private static async Task ImportAsync(CommandContext context, ITarget target, DatabaseSummary database,
        ImportSource source, CancellationToken cancellationToken)
    {
        var started = context.Console.Time.GetTimestamp();
        var bytes = new FileInfo(source.Path).Length;
        var summary = await TransferDisplay.RunAsync(context.Console, $"Importing {Path.GetFileName(source.Path)}", bytes,
            progress => target.ImportAsync(database, source, progress, cancellationToken));
        Report(context, database, source, summary, bytes, context.Console.Time.GetElapsedTime(started));
    }

    private static void Report(CommandContext context, DatabaseSummary database, ImportSource source,
        ImportSummary summary, long bytes, TimeSpan elapsed)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("uuid", database.Id.ToString());
                writer.WriteString("name", database.Name);
                writer.WriteString("format", TransferFormats.Word(source.Format));
                writer.WriteNumber("bytes", bytes);
                writer.WriteNumber("statements", summary.Statements);
                writer.WriteNumber("seconds", elapsed.TotalSeconds);
                writer.WritePropertyName("meta");
                ResultsOutput.WriteMeta(writer, summary.Meta);
                writer.WriteEndObject();
            });
            return;
        }

        var noun = source.Format == TransferFormat.Csv ? "rows" : "statements";
        var rows = Math.Max(summary.Meta.Changes, source.Format == TransferFormat.Csv ? summary.Statements : 0);
        context.Console.Out.WriteLine($"Imported {Path.GetFileName(source.Path)} into {database.Name}: {Units.Bytes(bytes)}, "
            + $"{Units.Count(summary.Statements)} {noun} in {Units.Duration(elapsed)} "
            + $"({Units.PerSecond(rows, elapsed)} rows/s), size now {Units.Bytes(summary.Meta.SizeAfterBytes)}.");
    }
}
