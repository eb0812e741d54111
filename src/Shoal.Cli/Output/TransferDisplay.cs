using Shoal.Engine.Transfer;
using Spectre.Console;

namespace Shoal.Cli.Output;

/// <summary>Shows a transfer while it runs: a bar on a terminal, nothing elsewhere.</summary>
internal static class TransferDisplay
{
    // Drawing costs more than the transfer when every report redraws.
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);

    /// <param name="console">Where.</param>
    /// <param name="verb">What is done, for example <c>Importing app.sql</c>.</param>
    /// <param name="totalBytes">Bytes of the whole, or null when not known.</param>
    /// <param name="transfer">The transfer; reports bytes and rows.</param>
    public static async Task<T> RunAsync<T>(CliConsole console, string verb, long? totalBytes,
        Func<IProgress<TransferProgress>, Task<T>> transfer)
    {
        if (!console.ErrorIsTerminal)
        {
            return await transfer(new SynchronousProgress<TransferProgress>(static _ => { }));
        }

        var terminal = Terminal.Create(console, console.Error);
        return await terminal.Progress().AutoClear(enabled: true).Columns(Columns(totalBytes)).StartAsync(async display =>
        {
            var task = display.AddTask(Markup.Escape(verb), maxValue: totalBytes ?? 0);
            task.IsIndeterminate = totalBytes is null;
            var started = console.Time.GetTimestamp();
            var drawn = TimeSpan.MinValue;
            return await transfer(new SynchronousProgress<TransferProgress>(progress =>
            {
                var elapsed = console.Time.GetElapsedTime(started);
                if (drawn != TimeSpan.MinValue && elapsed - drawn < RedrawInterval)
                {
                    return;
                }

                drawn = elapsed;
                task.Value = progress.Bytes;
                task.Description = Markup.Escape(progress.Rows == 0
                    ? $"{verb} ({Units.Bytes(progress.Bytes)})"
                    : $"{verb} ({Units.Bytes(progress.Bytes)}, {Units.Count(progress.Rows)} rows, "
                        + $"{Units.PerSecond(progress.Rows, elapsed)} rows/s)");
            }));
        });
    }

    private static ProgressColumn[] Columns(long? totalBytes) => totalBytes is null
        ? [new TaskDescriptionColumn { Alignment = Justify.Left }, new SpinnerColumn(), new ElapsedTimeColumn()]
        : [new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
            new RemainingTimeColumn()];
}
