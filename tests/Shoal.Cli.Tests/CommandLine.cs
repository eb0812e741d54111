using System.Text.Json;

namespace Shoal.Cli.Tests;

/// <summary>Runs the real command line in this process, with streams and environment of the test.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly List<string> _always = [];

    public CommandLine(string workingFolder)
    {
        WorkingFolder = workingFolder;
        _environment["HOME"] = Path.Combine(workingFolder, "home");
    }

    public string WorkingFolder { get; }

    public bool Terminal { get; set; }

    public string Input { get; set; } = "";

    public CommandLine With(string variable, string value)
    {
        _environment[variable] = value;
        return this;
    }

    /// <summary>Adds arguments to the end of every command line.</summary>
    public CommandLine Always(params string[] arguments)
    {
        _always.AddRange(arguments);
        return this;
    }

    /// <summary>What its clock shows.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What Ctrl-C cancels.</summary>
    public CancellationToken Interrupt { get; set; } = TestContext.Current.CancellationToken;

    public async Task<CommandResult> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var stream = new MemoryStream();
        var console = new CliConsole
        {
            In = new StringReader(Input),
            Out = output,
            Error = error,
            OpenOutputStream = () => stream,
            InIsTerminal = Terminal,
            OutIsTerminal = Terminal,
            ErrorIsTerminal = Terminal,
            Environment = name => _environment.GetValueOrDefault(name),
            WorkingFolder = WorkingFolder,
            Time = Time,
        };
        var code = await new CliApplication(console)
            .RunAsync([.. arguments, .. _always], Interrupt);
        return new CommandResult(code, output.ToString() + System.Text.Encoding.UTF8.GetString(stream.ToArray()),
            error.ToString());
    }

    /// <summary>Runs and requires success.</summary>
    public async Task<string> OkAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.True(result.ExitCode == ExitCode.Ok, $"{string.Join(' ', arguments)}: {result}");
        return result.Output;
    }

    /// <summary>Runs with <c>--json</c>, requires success and reads the output.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        using var document = JsonDocument.Parse(await OkAsync([.. arguments, "--json"]));
        return document.RootElement.Clone();
    }
}
