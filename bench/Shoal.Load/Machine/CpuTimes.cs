using System.Globalization;

namespace Shoal.Load.Machine;

/// <summary>Processor time spent so far: by a server and its children, by this process, by the whole machine.</summary>
/// <remarks>Source: proc(5). The kernel counts in hundredths of a second.</remarks>
internal readonly record struct CpuTimes(TimeSpan Server, TimeSpan Own, TimeSpan Machine)
{
    private const int TicksPerSecond = 100;

    public static CpuTimes operator -(CpuTimes after, CpuTimes before) =>
        new(after.Server - before.Server, after.Own - before.Own, after.Machine - before.Machine);

    /// <summary>Takes the times of now.</summary>
    /// <param name="server">Process id of the server; 0 for none.</param>
    public static CpuTimes Now(int server)
    {
        var serverTime = TimeSpan.Zero;
        if (server != 0)
        {
            foreach (var process in ProcessTree.Of(server))
            {
                serverTime += OfProcess(process);
            }
        }

        return new CpuTimes(serverTime, OfProcess(Environment.ProcessId), OfMachine());
    }

    private static TimeSpan OfProcess(int process)
    {
        // The second field is a name in brackets that may hold anything; utime and stime are the 12th and 13th after it.
        var stat = ProcessTree.ReadOrEmpty($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 12
            ? FromTicks(long.Parse(fields[11], CultureInfo.InvariantCulture)
                + long.Parse(fields[12], CultureInfo.InvariantCulture))
            : TimeSpan.Zero;
    }

    private static TimeSpan OfMachine()
    {
        // cpu user nice system idle iowait irq softirq steal ...; idle and iowait are not work.
        var fields = ProcessTree.ReadOrEmpty("/proc/stat").Split('\n')[0]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
        var busy = 0L;
        for (var index = 0; index < Math.Min(fields.Length, 8); index++)
        {
            busy += index is 3 or 4 ? 0 : long.Parse(fields[index], CultureInfo.InvariantCulture);
        }

        return FromTicks(busy);
    }

    private static TimeSpan FromTicks(long ticks) => TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
}
