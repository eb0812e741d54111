using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Cli.Targets;
using Shoal.Engine.History;

namespace Shoal.Cli.Databases;

/// <summary><c>shoal db execute</c>: runs SQL in one transaction and shows the results.</summary>
internal static class ExecuteCommand
{
    // The server's default limit of a request body is 16 MiB, and JSON escapes make text longer.
    private const long FileBytesMax = 10_000_000;

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var name = DatabaseCommands.NameArgument();
        var sql = new Option<string?>("--command", "-c")
        {
            Description = "SQL of one or several statements; they run in one transaction.",
            HelpName = "SQL",
        };
        var file = new Option<string?>("--file", "-f") { Description = "File with SQL; - for standard input.", HelpName = "FILE" };
        var parameters = new Option<string[]>("--param", "-p")
        {
            Description = "Value of a parameter, repeated in order. 42 and 4.2 are numbers, null is NULL, the rest is text; "
                + "text:42, int:42, real:42 and blob:2a say it explicitly.",
            HelpName = "VALUE",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var asOf = new Option<string?>("--as-of")
        {
            Description = "Read what the database was: at a time like 2026-01-02T03:04:05Z, at a bookmark, or at the name of one.",
            HelpName = "MOMENT",
        };
        var command = options.AddTo(new CliCommand("execute", "Run SQL against a database, all of it or nothing.",
            "db execute app --command \"SELECT * FROM users\"",
            "db execute app --command \"SELECT * FROM users WHERE id = ?\" --param 42",
            "db execute app --file schema.sql --data ./data",
            "db execute app --as-of 2026-01-02T03:04:05Z --command \"SELECT * FROM users\"",
            "db execute app --command \"SELECT 1 AS one\" --json"));
        command.Add(name);
        command.Add(sql);
        command.Add(file);
        command.Add(parameters);
        command.Add(asOf);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var text = new SqlText(await ReadSqlAsync(context, sql, file, cancellationToken),
                [.. (context.Arguments.GetValue(parameters) ?? []).Select(ParameterText.Parse)]);
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = await DatabaseCommands.FindAsync(target, context.Required(name), cancellationToken);
            var moment = context.Arguments.GetValue(asOf) is { } then ? RestoreMoment.Of(then) : (RestoreMoment?)null;
            var results = await target.ExecuteAsync(database, [text], moment, cancellationToken);
            ResultsOutput.Write(context, results);
        });
    }

    private static async Task<string> ReadSqlAsync(CommandContext context, Option<string?> sql, Option<string?> file,
        CancellationToken cancellationToken)
    {
        switch (context.Arguments.GetValue(sql), context.Arguments.GetValue(file))
        {
            case ({ } text, null):
                return text;
            case (null, "-"):
                return await context.Console.ReadToEndAsync(cancellationToken);
            case (null, { } path):
                var full = context.Console.FullPath(path);
                if (!File.Exists(full))
                {
                    throw new CliException($"there is no file {path}");
                }

                return new FileInfo(full).Length <= FileBytesMax
                    ? await File.ReadAllTextAsync(full, cancellationToken)
                    : throw new CliException($"{path} is larger than {Units.Bytes(FileBytesMax)}",
                        $"`shoal db import NAME {path}` takes files of any size");
            default:
                throw CliException.Usage("give the SQL by either --command or --file",
                    "shoal db execute NAME --command \"SELECT 1\"");
        }
    }
}
