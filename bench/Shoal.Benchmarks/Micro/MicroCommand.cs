using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Shoal.Benchmarks.Micro;

/// <summary><c>micro</c>: the single steps of a request, by BenchmarkDotNet.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        var filter = new Option<string>("--filter")
        {
            DefaultValueFactory = static _ => "*",
            Description = "names, with *; for example *PointRead*",
        };
        var command = new Command("micro", "Micro-benchmarks of the steps of a request.") { filter };
        command.SetAction(parsed =>
        {
            // In the process: the native library and the lock files are in place, and nothing is built again.
            var config = ManualConfig.Create(DefaultConfig.Instance)
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .AddDiagnoser(MemoryDiagnoser.Default)
                .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "shoal-benchmarks"))
                .WithOptions(ConfigOptions.JoinSummary);
            BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly)
                .Run(["--filter", parsed.GetValue(filter)!], config);
        });
        return command;
    }
}
