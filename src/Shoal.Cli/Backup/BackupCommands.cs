using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Protocol.Admin;

namespace Shoal.Cli.Backup;

/// <summary><c>shoal backup</c>: shows that what is kept of databases can be restored.</summary>
internal static class BackupCommands
{
    private const int SampleMax = 10_000;

    private static readonly string[] Columns = ["account", "database", "bookmark", "compared", "tables", "rows", "milliseconds", "problem"];

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var backup = new CliCommand("backup", "Show that what is kept of databases can be restored.", "backup verify --sample 20");
        backup.Add(CreateVerify(application, options));
        return backup;
    }

    private static CliCommand CreateVerify(CliApplication application, TargetOptions options)
    {
        var sample = new Option<int>("--sample")
        {
            Description = "How many databases, chosen at random from all of the node.",
            HelpName = "N",
            DefaultValueFactory = static _ => 10,
        };
        var seed = new Option<int?>("--seed")
        {
            Description = "Chooses databases and moments; the command prints the one it used.",
            HelpName = "SEED",
        };
        var command = options.AddTo(new CliCommand("verify",
            "Restore a random sample into scratch files and check them: integrity, rows, and a hash beside the live database. "
            + "Changes nothing; exits with 3 when something can not be restored. Needs an administrator's token.",
            "backup verify", "backup verify --sample 100 --json", "backup verify --data ./data --seed 42"));
        command.Add(sample);
        command.Add(seed);
        return application.BindWithCode(command, async (context, cancellationToken) =>
        {
            var count = context.Arguments.GetValue(sample);
            if (count is < 1 or > SampleMax)
            {
                throw CliException.Usage($"--sample {count} is not from 1 to {SampleMax}", "for example --sample 20");
            }

            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var proof = await target.ProveRestoresAsync(count, context.Arguments.GetValue(seed), cancellationToken);
            Write(context, proof);
            return proof.Checks.Any(static check => check.Problem is not null) ? ExitCode.ProblemsFound : ExitCode.Ok;
        });
    }

    private static void Write(CommandContext context, RestoreProofInfo proof)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteNumber("seed", proof.Seed);
                writer.WriteBoolean("success", proof.Success);
                writer.WriteStartArray("checks");
                foreach (var check in proof.Checks)
                {
                    writer.WriteStartObject();
                    writer.WriteString("account", check.Account);
                    writer.WriteString("database", check.Database);
                    writer.WriteString("uuid", check.Uuid);
                    writer.WriteString("bookmark", check.Bookmark);
                    writer.WriteBoolean("compared", check.Compared);
                    writer.WriteNumber("tables", check.Tables);
                    writer.WriteNumber("rows", check.Rows);
                    writer.WriteString("hash", check.Hash);
                    writer.WriteNumber("milliseconds", check.Milliseconds);
                    writer.WriteString("problem", check.Problem);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            });
            return;
        }

        RowsOutput.Write(context.Console, Columns, proof.Checks.Select(static check => new object?[]
        {
            check.Account, check.Database, check.Bookmark ?? "", check.Compared ? "yes" : "no", (long)check.Tables, check.Rows,
            check.Milliseconds, check.Problem ?? "",
        }));
        var failed = proof.Checks.Count(static check => check.Problem is not null);
        context.Console.Note((proof.Checks.Count, failed) switch
        {
            (0, _) => "nothing was restored: no database has history yet",
            (1, 0) => $"1 state restored and right; seed {proof.Seed}",
            (var all, 0) => $"{all} states restored and right; seed {proof.Seed}",
            var (all, bad) => $"{bad} of {all} states can not be restored as they were; seed {proof.Seed}",
        });
        if (failed > 0)
        {
            context.Console.Note("'shoal db history DATABASE' lists what can be restored. A history store may still have what is damaged "
                + "here: 'shoal restore --from STORE --to NEW-FOLDER --database DATABASE'.");
        }
    }
}
