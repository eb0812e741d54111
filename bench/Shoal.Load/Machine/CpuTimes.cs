using System.Globalization;

namespace Shoal.Load.Machine;

/// <summary>Processor time spent so far: by a server and its children, by this process, by the whole machine.</summary>
/// <remarks>Source: proc(5). The kernel counts in hundredths of a second.</remarks>
internal readonly record struct CpuTimes(TimeSpan Server, TimeSpan Own, TimeSpan Machine)
{
    private const long TicksPerSecond = 100;

    public static CpuTimes operator -(CpuTimes after, CpuTimes before) =>
        new(after.Server - before.Server, after.Own - before.Own, after.Machine - before.Machine);

    /// <summary>Takes the times of now.</summary>
    /// <param name="server">Process id of the server; 0 for none.</param>
    public static CpuTimes Now(int server)
    {
        return new CpuTimes(server == 0 ? TimeSpan.Zero : OfTree(server), OfProcess(Environment.ProcessId, false),
            OfMachine());
    }

    /// <summary>The time of a process, of its descendants that run and of those that have ended.</summary>
    private static TimeSpan OfTree(int root)
    {
        // The time of a child that ends moves to its parent. A child that ends between the reading of the two would
        // be missed or counted twice, so only a reading over which no process came or went is taken.
        while (true)
        {
            var processes = ProcessTree.Of(root);
            var time = processes.Aggregate(TimeSpan.Zero, static (sum, process) => sum + OfProcess(process, true));
            if (processes.SequenceEqual(ProcessTree.Of(root)))
            {
                return time;
            }
        }
    }

    private static TimeSpan OfProcess(int process, bool withEndedChildren)
    {
        // The second field is a name in brackets that may hold anything. The 12th to the 15th after it are utime,
        // stime, cutime and cstime; the last two are the time of the children that ended and were waited for.
        var stat = ProcessTree.ReadOrEmpty($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 14
            ? FromTicks(fields[11..(withEndedChildren ? 15 : 13)]
                .Sum(static field => long.Parse(field, CultureInfo.InvariantCulture)))
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

    private static TimeSpan FromTicks(long ticks) => new(ticks * (TimeSpan.TicksPerSecond / TicksPerSecond));
}
