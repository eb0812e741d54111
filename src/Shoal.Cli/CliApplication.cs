using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Shoal.Cli.Audit;
using Shoal.Cli.Backup;
using Shoal.Cli.Configuration;
using Shoal.Cli.Databases;
using Shoal.Cli.Demo;
using Shoal.Cli.Doctor;
using Shoal.Cli.History;
using Shoal.Cli.Items;
using Shoal.Cli.Lint;
using Shoal.Cli.Log;
using Shoal.Cli.Migrations;
using Shoal.Cli.Output;
using Shoal.Cli.Serving;
using Shoal.Cli.Syncing;
using Shoal.Cli.Targets;
using Shoal.Cli.Tokens;
using Shoal.Cli.Usage;
using Shoal.Engine;

namespace Shoal.Cli;

/// <summary>The command line <c>shoal</c>: its tree of commands and the one place where failures become text.</summary>
internal sealed class CliApplication
{
    private readonly CliConsole _console;
    private readonly TargetOptions _options = new();

    public CliApplication(CliConsole console) => _console = console;

    /// <summary>The version of this build.</summary>
    public static string Version { get; } = typeof(CliApplication).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var parsed = BuildRoot().Parse(arguments);
        try
        {
            if (parsed.Errors.Count > 0)
            {
                return ReportUsage(parsed);
            }

            var configuration = new InvocationConfiguration
            {
                Output = _console.Out,
                Error = _console.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        finally
        {
            _console.Flush();
        }
    }

    private RootCommand BuildRoot()
    {
        var root = new RootCommand("Shoal: a server for very many small SQLite databases, with Cloudflare D1's API.");
        foreach (var option in root.Options.OfType<VersionOption>().ToList())
        {
            root.Options.Remove(option);
        }

        foreach (var command in (IEnumerable<Command>)
            [
                ServeCommand.Create(this, _options),
                DemoCommand.Create(this, _options),
                DatabaseCommands.Create(this, _options),
                MigrationCommands.Create(this, _options),
                ItemsCommands.Create(this, _options),
                TokenCommands.Create(this, _options),
                UsageCommand.Create(this, _options),
                InsightsCommand.Create(this, _options),
                CostCommand.Create(this, _options),
                SyncCommands.Create(this, _options),
                AuditCommand.Create(this, _options),
                DoctorCommand.Create(this, _options),
                StoreCommands.CreateRestore(this, _options),
                StoreCommands.CreateHistory(this, _options),
                BackupCommands.Create(this, _options),
                LintCommand.Create(this, _options),
                LogCommands.Create(this, _options),
                ConfigCommand.Create(this, _options),
                CreateVersion(),
            ])
        {
            root.Add(command);
        }

        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        }

        return root;
    }

    /// <summary>Sets what a command does, inside the boundary that turns failures into messages and exit codes.</summary>
    public CliCommand Bind(CliCommand command, Func<CommandContext, CancellationToken, Task> run) =>
        BindWithCode(command, async (context, cancellationToken) =>
        {
            await run(context, cancellationToken);
            return ExitCode.Ok;
        });

    /// <summary>As <see cref="Bind"/>, for a command whose success has more than one exit code.</summary>
    public CliCommand BindWithCode(CliCommand command, Func<CommandContext, CancellationToken, Task<int>> run)
    {
        command.SetAction((arguments, cancellationToken) => RunGuardedAsync(arguments, run, cancellationToken));
        return command;
    }

    // The only place that catches everything: past it there is nobody but the user.
    private async Task<int> RunGuardedAsync(ParseResult arguments, Func<CommandContext, CancellationToken, Task<int>> run,
        CancellationToken cancellationToken)
    {
        var json = arguments.GetValue(_options.Json);
        try
        {
            return await run(new CommandContext(_console, arguments, _options), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            ErrorOutput.Write(_console, json, "stopped", hint: null, code: null);
            return ExitCode.Interrupted;
        }
        catch (CliException failure)
        {
            ErrorOutput.Write(_console, json, failure.Message, failure.Hint, failure.Code);
            return failure.ExitCode;
        }
        catch (EngineException failure)
        {
            ErrorOutput.Write(_console, json, failure.Message, failure.Hint, code: null);
            return ExitCode.Failed;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ErrorOutput.Write(_console, json, failure.Message, hint: null, code: null);
            return ExitCode.Failed;
        }
        catch (Exception failure)
        {
            ErrorOutput.Write(_console, json, $"unexpected failure, please report it: {failure}", hint: null, code: null);
            return ExitCode.Failed;
        }
    }

    private int ReportUsage(ParseResult parsed)
    {
        var words = new Stack<string>();
        for (var result = parsed.CommandResult; result.Command is not RootCommand;
            result = (System.CommandLine.Parsing.CommandResult)result.Parent!)
        {
            words.Push(result.Command.Name);
        }

        var command = string.Join(' ', words.Prepend("shoal"));
        var json = parsed.GetValue(_options.Json) || parsed.UnmatchedTokens.Contains("--json", StringComparer.Ordinal);
        var message = string.Join(' ', parsed.Errors.Select(error => error.Message).Distinct(StringComparer.Ordinal));
        ErrorOutput.Write(_console, json, message, $"`{command} --help` shows how it is used", code: null);
        return ExitCode.Usage;
    }

    private CliCommand CreateVersion()
    {
        var command = new CliCommand("version", "Print the version.", "version", "version --json");
        command.Add(_options.Json);
        return Bind(command, (context, _) =>
        {
            if (context.Json)
            {
                JsonOutput.Write(_console, writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("version", Version);
                    writer.WriteString("runtime", Environment.Version.ToString());
                    writer.WriteEndObject();
                });
            }
            else
            {
                _console.Out.WriteLine($"shoal {Version}");
            }

            return Task.CompletedTask;
        });
    }

    private sealed class HelpWithExamples : SynchronousCommandLineAction
    {
        private readonly HelpAction _help;

        public HelpWithExamples(HelpAction help) => _help = help;

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = _help.Invoke(parseResult);
            if (parseResult.CommandResult.Command is CliCommand { Examples.Count: > 0 } command)
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var example in command.Examples)
                {
                    output.WriteLine($"  shoal {example}");
                }

                output.WriteLine();
            }

            return code;
        }
    }
}
