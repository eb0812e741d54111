using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Shoal.Sqlite.Threads;

/// <summary>How Linux schedules single threads, for which .NET has no calls. Where it refuses, all stays as it is.</summary>
/// <remarks>
/// A thread that wakes up preempts one with a longer slice at once, others perhaps only at the next tick: 4 ms later with 250 ticks
/// a second. The same holds for one that was preempted and is due again; so who computes for long offers its processor often.
/// Source: sched_setattr(2), sched_yield(2) and Documentation/scheduler/sched-eevdf.rst of Linux; slices are known to 6.12 and
/// later, and ignored before. Measured: docs/decisions/0002-slow-lane.md.
/// </remarks>
public static partial class Scheduling
{
    private const int OfProcess = 0;
    private const uint NormalPolicy = 0;
    private const uint BatchPolicy = 3;

    /// <summary>A tenth of the weight of a thread of normal priority, so that nobody stands still.</summary>
    private const int LowNice = 10;

    /// <summary>The least that Linux takes. Units: ns.</summary>
    private const ulong ShortSlice = 100_000;

    /// <summary>
    /// Longer than that of other threads, 1.4 ms with two processors; and what offering a processor costs while others want it.
    /// Units: ns.
    /// </summary>
    private const ulong LongSlice = 3_000_000;

    private static readonly long OfferTicks = Stopwatch.Frequency / 4_000;

    [ThreadStatic]
    private static long s_offerAt;

    /// <summary>
    /// The calling thread computes for long and lets everybody else go first. For good: only a privileged process may raise the
    /// priority again.
    /// </summary>
    public static void LetOthersFirst() => Set(thread: 0, BatchPolicy, LowNice, LongSlice);

    /// <summary>
    /// The calling thread computes for long: to be called every few microseconds, offers its processor four times a millisecond.
    /// </summary>
    public static void OfferProcessor()
    {
        var now = Stopwatch.GetTimestamp();
        if (now >= s_offerAt)
        {
            _ = sched_yield();
            s_offerAt = now + OfferTicks;
        }
    }

    /// <summary>The calling thread works briefly and often, and is not to wait for the others.</summary>
    public static void GoFirst() => Set(thread: 0, NormalPolicy, niceMin: -20, ShortSlice);

    /// <summary>The same for the threads of this process with a name.</summary>
    /// <param name="threadName">As Linux has it: the first 15 bytes.</param>
    public static void GoFirst(string threadName)
    {
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(task, "comm")).TrimEnd('\n') == threadName)
                {
                    Set(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), NormalPolicy, niceMin: -20, ShortSlice);
                }
            }
            catch (IOException)
            {
                // The thread has ended.
                continue;
            }
        }
    }

    private static nint? SetAttributesCall => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 314,
        Architecture.Arm64 => 274,
        _ => null,
    };

    private static void Set(int thread, uint policy, int niceMin, ulong slice)
    {
        var wish = new SchedulingAttributes
        {
            Size = (uint)Marshal.SizeOf<SchedulingAttributes>(),
            Policy = policy,
            Nice = Math.Max(getpriority(OfProcess, thread), niceMin),
            Runtime = slice,
        };
        if (SetAttributesCall is { } call)
        {
            _ = syscall(call, thread, in wish, flags: 0);
        }
    }

    [LibraryImport("libc")]
    private static partial int sched_yield();

    /// <summary>On Linux a process id is a thread's; see setpriority(2), "C library/kernel differences".</summary>
    [LibraryImport("libc")]
    private static partial int getpriority(int which, int who);

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, nint thread, in SchedulingAttributes attributes, nint flags);

    /// <summary>The kernel's <c>struct sched_attr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SchedulingAttributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }
}
