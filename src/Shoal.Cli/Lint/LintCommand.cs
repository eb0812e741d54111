using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;

namespace Shoal.Cli.Lint;

/// <summary><c>shoal lint</c>: writes row by row in sources of C#, TypeScript and JavaScript.</summary>
internal static class LintCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Files or folders; default the current folder. Left out: node_modules, bin, obj, dist and the like.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var rows = new Option<long>("--rows")
        {
            Description = "Rows to estimate for.", DefaultValueFactory = static _ => 1_000, HelpName = "N",
        };
        var latency = new Option<string>("--latency")
        {
            Description = "A round trip to estimate for, for example 5ms.", DefaultValueFactory = static _ => "20ms", HelpName = "TIME",
        };
        var batch = new Option<int>("--batch")
        {
            Description = "Rows of a batch to estimate for.", DefaultValueFactory = static _ => 100, HelpName = "N",
        };
        var fail = new Option<bool>("--fail") { Description = "Exit with 1 when anything is found." };
        var command = new CliCommand("lint", "Find writes that go row by row in C#, TypeScript and JavaScript.",
            "lint", "lint src/worker.ts --rows 50000 --latency 5ms", "lint src tests --fail --json")
        {
            paths, rows, latency, batch, fail, options.Json,
        };
        return application.BindWithCode(command, async (context, cancellationToken) =>
        {
            var estimate = Estimate(context.Required(rows), context.Required(latency), context.Required(batch));
            var findings = new List<LintFinding>();
            var count = 0;
            var named = context.Arguments.GetValue(paths) is { Length: > 0 } given ? given : ["."];
            var files = named.SelectMany(path => SourceFiles.Below(context.Console.FullPath(path)));
            foreach (var file in files.Distinct(StringComparer.Ordinal))
            {
                if (SourceFiles.LanguageOf(file) is { } language)
                {
                    count++;
                    findings.AddRange(SourceLinter.Lint(Path.GetRelativePath(context.Console.WorkingFolder, file),
                        await File.ReadAllTextAsync(file, cancellationToken), language));
                }
            }

            if (context.Json)
            {
                LintOutput.WriteJson(context.Console, findings, count, estimate);
            }
            else
            {
                LintOutput.Write(context.Console, findings, count, estimate);
            }

            return findings.Count > 0 && context.Arguments.GetValue(fail) ? ExitCode.Failed : ExitCode.Ok;
        });
    }

    private static LintEstimate Estimate(long rows, string latency, int batch)
    {
        if (rows < 1 || batch < 1)
        {
            throw CliException.Usage($"{(rows < 1 ? rows : batch)} is not valid for {(rows < 1 ? "--rows" : "--batch")}",
                "it is a whole number from 1 on");
        }

        return Units.TryParseDuration(latency, out var duration) ? new LintEstimate(rows, duration, batch)
            : throw CliException.Usage($"\"{latency}\" is not valid for --latency", "for example 5ms or 0.2s");
    }
}
