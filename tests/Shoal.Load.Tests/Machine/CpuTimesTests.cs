using System.Diagnostics;
using Shoal.Load.Machine;

namespace Shoal.Load.Tests.Machine;

/// <summary>Processor time of a server and its children.</summary>
public sealed class CpuTimesTests
{
    [Fact]
    public async Task The_time_of_a_child_that_has_ended_still_counts()
    {
        // bash counts to a number large enough for several hundredths of a second, says so, and waits to be let go.
        using var child = Process.Start(new ProcessStartInfo("bash")
        {
            ArgumentList = { "-c", "for ((i = 0; i < 300000; i++)); do :; done; echo counted; read -r" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("counted", await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        var ofChild = CpuTimes.Now(child.Id).Server;
        Assert.InRange(ofChild, TimeSpan.FromMilliseconds(20), TimeSpan.MaxValue);

        var before = CpuTimes.Now(Environment.ProcessId);
        child.StandardInput.Close();
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        var after = CpuTimes.Now(Environment.ProcessId);

        Assert.InRange((after - before).Server, TimeSpan.Zero, TimeSpan.MaxValue);
        Assert.InRange(after.Server - before.Own, ofChild, TimeSpan.MaxValue);
    }
}
