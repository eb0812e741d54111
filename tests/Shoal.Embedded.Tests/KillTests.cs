using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Shoal.Embedded.Tests;

/// <summary>Goal: what was answered survives a kill. Method: a child process writes and tells, and is killed in the middle.</summary>
public sealed class KillTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(250)]
    public async Task What_was_answered_before_the_process_was_killed_is_there(int answers)
    {
        using var folder = new TempFolder();
        using var child = Process.Start(new ProcessStartInfo(Path.ChangeExtension(typeof(KillTests).Assembly.Location, null)!)
        {
            ArgumentList = { "-explicit", "only", "-class", typeof(KilledWriter).FullName! },
            RedirectStandardOutput = true,

            // That of this process may be a folder that another test has left and removed.
            WorkingDirectory = AppContext.BaseDirectory,
            Environment = { [KilledWriter.Variable] = folder.Root },
        })!;
        var told = 0;
        var said = new StringBuilder();
        while (told < answers && await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            // The runner's own words may stand before it.
            var start = line.IndexOf(KilledWriter.Told, StringComparison.Ordinal);
            if (start < 0)
            {
                said.AppendLine(line);
            }

            told = start < 0 ? told : int.Parse(line.AsSpan(start + KilledWriter.Told.Length), CultureInfo.InvariantCulture);
        }

        child.Kill();
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(told >= answers, $"it ended with {child.ExitCode} after {told} rows: {said}");

        await using var engine = ShoalEngine.Open(folder.Root);
        var count = await engine.Database("t").Prepare("SELECT count(*) FROM t").FirstAsync<int>();
        var highest = await engine.Database("t").Prepare("SELECT max(a) FROM t").FirstAsync<int>();
        Assert.True(count >= told, $"{told} rows were answered, {count} are there");
        Assert.Equal(count, highest);
    }
}
