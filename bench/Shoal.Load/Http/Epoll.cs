using System.Runtime.InteropServices;

namespace Shoal.Load.Http;

/// <summary>Linux's epoll and the two socket calls of the loop, without the runtime's asynchronous machinery.</summary>
/// <remarks>
/// The loop must cost less than the server it measures: a thread that waits for any of its sockets and then reads and
/// writes it directly needs three system calls per request and no thread switch. Thread: one at a time.
/// </remarks>
internal sealed unsafe partial class Epoll : IDisposable
{
    private const int ControlAdd = 1;
    private const int ControlDelete = 2;
    private const uint EventReadable = 1;
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int ErrorAgain = 11;
    private const int ErrorInterrupted = 4;

    // The kernel packs this structure on x86-64 and on no other processor.
    private static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventBytes - 8;

    private readonly int _handle;
    private readonly byte[] _events;

    public Epoll(int eventsMax)
    {
        _events = GC.AllocateArray<byte>(eventsMax * EventBytes, pinned: true);
        _handle = epoll_create1(0);
        if (_handle < 0)
        {
            throw new IOException($"epoll_create1 failed: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>Starts to watch a socket for incoming bytes.</summary>
    public void Add(int socket, int tag)
    {
        var data = stackalloc byte[16];
        *(uint*)data = EventReadable;
        *(long*)(data + DataOffset) = tag;
        if (epoll_ctl(_handle, ControlAdd, socket, data) != 0)
        {
            throw new IOException($"epoll_ctl failed: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>Stops watching a socket.</summary>
    public void Remove(int socket)
    {
        var data = stackalloc byte[16];
        _ = epoll_ctl(_handle, ControlDelete, socket, data);
    }

    /// <summary>Waits for at least one socket; gives how many are readable, 0 after the time-out.</summary>
    public int Wait(int milliseconds)
    {
        fixed (byte* events = _events)
        {
            var count = epoll_wait(_handle, events, _events.Length / EventBytes, milliseconds);
            return count >= 0 || Marshal.GetLastPInvokeError() == ErrorInterrupted
                ? Math.Max(count, 0)
                : throw new IOException($"epoll_wait failed: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>The tag of a readable socket.</summary>
    public int Tag(int index) => (int)BitConverter.ToInt64(_events, (index * EventBytes) + DataOffset);

    /// <summary>Reads what is there: bytes read, 0 when the peer has closed or failed, -1 when there is nothing.</summary>
    public static int Receive(int socket, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            var count = (int)recv(socket, bytes, (nuint)buffer.Length, DoNotWait);
            return count >= 0 ? count
                : Marshal.GetLastPInvokeError() is ErrorAgain or ErrorInterrupted ? -1 : 0;
        }
    }

    /// <summary>Writes all of it; false when the connection is broken.</summary>
    public static bool Send(int socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* first = bytes)
            {
                var count = (int)send(socket, first, (nuint)bytes.Length, NoSignal);
                if (count < 0)
                {
                    if (Marshal.GetLastPInvokeError() == ErrorInterrupted)
                    {
                        continue;
                    }

                    return false;
                }

                bytes = bytes[count..];
            }
        }

        return true;
    }

    public void Dispose() => _ = close(_handle);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int socket, byte* data);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, byte* events, int eventsMax, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int socket, byte* buffer, nuint length, int flags);

    /// <summary>Offers the processor to others.</summary>
    public static void Offer() => _ = sched_yield();

    [LibraryImport("libc")]
    private static partial int sched_yield();

    [LibraryImport("libc")]
    private static partial int close(int handle);
}
