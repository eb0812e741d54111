using Shoal.Cli.Output;
using Shoal.Engine.Doctor;
using Spectre.Console;

namespace Shoal.Cli.Doctor;

/// <summary>Shows how far an examination is: a bar on a terminal, nothing elsewhere.</summary>
internal static class DoctorDisplay
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);

    public static async Task<DoctorReport> RunAsync(
        CliConsole console, Func<IProgress<DoctorProgress>, Task<DoctorReport>> examine)
    {
        if (!console.ErrorIsTerminal)
        {
            return await examine(new SynchronousProgress<DoctorProgress>(static _ => { }));
        }

        var terminal = Terminal.Create(console, console.Error);
        return await terminal.Progress().AutoClear(enabled: true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new ElapsedTimeColumn())
            .StartAsync(async display =>
            {
                var task = display.AddTask("Starting", maxValue: 1);
                var drawn = TimeSpan.MinValue;
                var started = console.Time.GetTimestamp();
                return await examine(new SynchronousProgress<DoctorProgress>(progress =>
                {
                    var elapsed = console.Time.GetElapsedTime(started);
                    if (drawn != TimeSpan.MinValue && progress.TotalBytes > 0 && elapsed - drawn < RedrawInterval)
                    {
                        return;
                    }

                    drawn = elapsed;
                    task.IsIndeterminate = progress.TotalBytes == 0;
                    task.MaxValue = Math.Max(1, progress.TotalBytes);
                    task.Value = progress.Bytes;
                    task.Description = Markup.Escape(progress.Step);
                }));
            });
    }
}
