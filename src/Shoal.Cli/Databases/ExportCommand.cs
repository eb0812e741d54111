using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Cli.Targets;
using Shoal.Engine.Transfer;

namespace Shoal.Cli.Databases;

/// <summary><c>shoal db export</c>: writes a database as SQL, CSV or an SQLite file, from one moment.</summary>
internal static class ExportCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var name = DatabaseCommands.NameArgument();
        var output = new Option<string>("--output", "-o")
        {
            Description = "File to write; - for standard output (SQL and CSV).",
            HelpName = "FILE",
            Required = true,
        };
        var format = new Option<string?>("--format")
        {
            Description = "sql, csv or sqlite; default by the file's extension, sql for standard output.",
            HelpName = "FORMAT",
        };
        var tables = new Option<string[]>("--table")
        {
            Description = "Only this table; may be repeated for SQL. CSV needs exactly one.",
            HelpName = "TABLE",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var noData = new Option<bool>("--no-data") { Description = "Only the schema (SQL)." };
        var noSchema = new Option<bool>("--no-schema") { Description = "Only the rows (SQL)." };
        var force = new Option<bool>("--force") { Description = "Replace the file when it exists." };
        var command = options.AddTo(new CliCommand("export", "Write a database to a .sql, .csv or .sqlite file.",
            "db export app --output app.sql",
            "db export app --output people.csv --table people",
            "db export app --output app.sqlite --data ./data",
            "db export app --output - --no-data"));
        foreach (var symbol in (IEnumerable<Option>)[output, format, tables, noData, noSchema, force])
        {
            command.Add(symbol);
        }

        command.Add(name);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var file = context.Required(output);
            var toStandardOutput = file == "-";
            var request = new ExportRequest(
                toStandardOutput && context.Arguments.GetValue(format) is null ? TransferFormat.Sql
                    : TransferFormats.Choose(context.Arguments.GetValue(format), file),
                context.Arguments.GetValue(tables) ?? [],
                context.Arguments.GetValue(noData),
                context.Arguments.GetValue(noSchema));
            Check(request, toStandardOutput);
            var path = context.Console.FullPath(file);
            if (!toStandardOutput && !context.Arguments.GetValue(force) && File.Exists(path))
            {
                throw new CliException($"{file} exists", "add --force to replace it");
            }

            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await DatabaseCommands.FindAsync(target, context.Required(name), cancellationToken);
            if (toStandardOutput)
            {
                await using var stream = context.Console.OpenOutputStream();
                await target.ExportTextAsync(database, request, stream,
                    new SynchronousProgress<TransferProgress>(static _ => { }), cancellationToken);
                return;
            }

            await ExportToFileAsync(context, target, database, request, path, cancellationToken);
        });
    }

    private static void Check(ExportRequest request, bool toStandardOutput)
    {
        switch (request.Format)
        {
            case TransferFormat.Csv when request.Tables.Count != 1:
                throw CliException.Usage("CSV holds one table", "name it with --table");
            case TransferFormat.Sqlite when toStandardOutput:
                throw CliException.Usage("an SQLite file cannot be written to standard output", "give a file name");
            case TransferFormat.Sqlite when request.Tables.Count > 0:
                throw CliException.Usage("an SQLite file holds all tables", "drop --table, or export to .sql");
        }

        if (request.Format != TransferFormat.Sql && (request.NoData || request.NoSchema))
        {
            throw CliException.Usage("--no-data and --no-schema are for SQL", "export to .sql");
        }
    }

    // The file appears under its name only when it is complete.
    private static async Task ExportToFileAsync(CommandContext context, ITarget target, DatabaseSummary database,
        ExportRequest request, string path, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            throw new CliException($"there is no folder {folder}", $"mkdir -p {folder}");
        }

        var partial = $"{path}.partial-{Environment.ProcessId}";
        var started = context.Console.Time.GetTimestamp();
        try
        {
            await TransferDisplay.RunAsync(context.Console, $"Exporting {database.Name}", totalBytes: null, async progress =>
            {
                if (request.Format == TransferFormat.Sqlite)
                {
                    await target.ExportSqliteAsync(database, partial, progress, cancellationToken);
                    return true;
                }

                await using var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write);
                await target.ExportTextAsync(database, request, stream, progress, cancellationToken);
                return true;
            });
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }

        Report(context, database, request, path, context.Console.Time.GetElapsedTime(started));
    }

    private static void Report(CommandContext context, DatabaseSummary database, ExportRequest request, string path,
        TimeSpan elapsed)
    {
        var bytes = new FileInfo(path).Length;
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("uuid", database.Id.ToString());
                writer.WriteString("name", database.Name);
                writer.WriteString("format", TransferFormats.Word(request.Format));
                writer.WriteString("file", path);
                writer.WriteNumber("bytes", bytes);
                writer.WriteNumber("seconds", elapsed.TotalSeconds);
                writer.WriteEndObject();
            });
            return;
        }

        context.Console.Out.WriteLine(
            $"Exported {database.Name} to {path}: {Units.Bytes(bytes)} in {Units.Duration(elapsed)}.");
    }
}
