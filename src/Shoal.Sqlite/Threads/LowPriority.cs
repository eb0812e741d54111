using System.Runtime.InteropServices;

namespace Shoal.Sqlite.Threads;

/// <summary>Linux's priority of a single thread, for which .NET has no call.</summary>
public static partial class LowPriority
{
    private const int OfProcess = 0;
    private const int CallingThread = 0;
    private const uint BatchPolicy = 3;

    /// <summary>A tenth of the weight of a thread of normal priority, so that nobody stands still.</summary>
    private const int Nice = 10;

    /// <summary>For how long it may keep a processor from a thread that wakes up. Units: ns; the least there is.</summary>
    private const ulong SliceNanoseconds = 100_000;

    /// <summary>
    /// Lowers the calling thread's priority, for good: only a privileged process may raise it again. Where the system refuses,
    /// the thread keeps the priority it has.
    /// </summary>
    /// <remarks>
    /// Source: sched_setattr(2); a slice of its own is known to Linux 6.12 and later, and ignored before. setpriority(2),
    /// "C library/kernel differences": on Linux a process id is a thread's.
    /// </remarks>
    public static void Enter()
    {
        var wish = new SchedulingAttributes
        {
            Size = (uint)Marshal.SizeOf<SchedulingAttributes>(),
            Policy = BatchPolicy,
            Nice = Nice,
            Runtime = SliceNanoseconds,
        };
        if (SetAttributesCall is not { } call || syscall(call, CallingThread, in wish, flags: 0) != 0)
        {
            _ = setpriority(OfProcess, CallingThread, Nice);
        }
    }

    private static nint? SetAttributesCall => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 314,
        Architecture.Arm64 => 274,
        _ => null,
    };

    [LibraryImport("libc")]
    private static partial int setpriority(int which, int who, int priority);

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
