using System.CommandLine;

namespace Shoal.Cli;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class CliCommand : Command
{
    /// <param name="name">The word on the command line.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="examples">Complete command lines, without the leading <c>shoal</c>.</param>
    public CliCommand(string name, string description, params IReadOnlyList<string> examples)
        : base(name, description) => Examples = examples;

    public IReadOnlyList<string> Examples { get; }
}
