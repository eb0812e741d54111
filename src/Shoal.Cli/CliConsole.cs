using System.Text;

namespace Shoal.Cli;

/// <summary>Everything of the outside that a command sees: streams, terminal, environment, folders, clock.</summary>
/// <remarks>A test gives its own; nothing else in the project asks the process.</remarks>
internal sealed class CliConsole
{
    public required TextReader In { get; init; }

    /// <summary>Results. Buffered: <see cref="Flush"/> before waiting for anything.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Errors, notes and progress.</summary>
    public required TextWriter Error { get; init; }

    public required Func<Stream> OpenOutputStream { get; init; }

    public bool InIsTerminal { get; init; }

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>An environment variable; null when not set or empty.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>What relative paths start from.</summary>
    public required string WorkingFolder { get; init; }

    public required TimeProvider Time { get; init; }

    public static CliConsole OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new CliConsole
        {
            In = Console.In,
            Out = new StreamWriter(Console.OpenStandardOutput(), utf8, bufferSize: 16 * 1024),
            Error = Console.Error,
            OpenOutputStream = Console.OpenStandardOutput,
            InIsTerminal = !Console.IsInputRedirected,
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Environment = name => System.Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
            WorkingFolder = System.Environment.CurrentDirectory,
            Time = TimeProvider.System,
        };
    }

    /// <summary>All of standard input. A read cannot be interrupted, but waiting for it can.</summary>
    public Task<string> ReadToEndAsync(CancellationToken cancellationToken) =>
        Task.Run(In.ReadToEnd, cancellationToken).WaitAsync(cancellationToken);

    /// <summary>One line of standard input; null at its end.</summary>
    public Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        Task.Run(In.ReadLine, cancellationToken).WaitAsync(cancellationToken);

    public string FullPath(string path) => Path.GetFullPath(path, WorkingFolder);

    /// <summary>Says something beside the results, after those that were written before.</summary>
    public void Note(string text)
    {
        Out.Flush();
        Error.WriteLine(text);
    }

    public void Flush()
    {
        Out.Flush();
        Error.Flush();
    }
}
