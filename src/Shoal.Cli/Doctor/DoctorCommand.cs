using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Engine;
using Shoal.Engine.Doctor;

namespace Shoal.Cli.Doctor;

/// <summary><c>shoal doctor</c>: says what is wrong with a data folder that no server has open, and changes nothing.</summary>
internal static class DoctorCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var data = new Argument<string>("DATA") { Description = "The data folder; no server may have it open." };
        var quick = new Option<bool>("--quick") { Description = "Do not read the content of every database." };
        var temp = new Option<string?>("--temp")
        {
            Description = "Where copies go of databases that the log still has commits for, one at a time. Default: the "
                + "system's folder for temporary files.",
            HelpName = "DIR",
        };
        var command = new CliCommand("doctor",
            "Examine a data folder: log, catalog, every database, free space. Changes nothing; exits with 3 when there are problems.",
            "doctor data",
            "doctor /var/lib/shoal --quick",
            "doctor /var/lib/shoal --json --temp /mnt/large");
        command.Add(data);
        command.Add(quick);
        command.Add(temp);
        command.Add(options.Json);
        return application.BindWithCode(command, async (context, cancellationToken) =>
        {
            var folder = context.Console.FullPath(context.Required(data));
            var doctor = new DoctorOptions
            {
                DataFolder = folder,
                Quick = context.Arguments.GetValue(quick),
                TemporaryFolder = TemporaryFolder(context, context.Arguments.GetValue(temp)),
            };
            var started = context.Console.Time.GetTimestamp();
            var report = await DoctorDisplay.RunAsync(context.Console,
                progress => Task.Run(() => Examine(doctor, progress, cancellationToken), cancellationToken));
            DoctorOutput.Write(context, report, doctor.Quick, context.Console.Time.GetElapsedTime(started));
            return report.IsHealthy ? ExitCode.Ok : ExitCode.ProblemsFound;
        });
    }

    /// <summary>A server in the way is no finding: nothing was looked at.</summary>
    private static DoctorReport Examine(
        DoctorOptions options, IProgress<DoctorProgress> progress, CancellationToken cancellationToken)
    {
        try
        {
            return DataFolderDoctor.Examine(options, progress, cancellationToken);
        }
        catch (EngineException failure) when (failure.Kind == EngineErrorKind.DataFolderInUse)
        {
            throw new CliException(failure.Message, "stop the server first; while it runs, its log and GET /health say how it is",
                failure);
        }
    }

    private static string TemporaryFolder(CommandContext context, string? folder)
    {
        if (folder is null)
        {
            return Path.GetTempPath();
        }

        var path = context.Console.FullPath(folder);
        return Directory.Exists(path) ? path : throw new CliException($"there is no folder {path}", $"mkdir -p {path}");
    }
}
