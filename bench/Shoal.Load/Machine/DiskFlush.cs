using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Shoal.Load.Machine;

/// <summary>How long the disk takes to make one written page durable: the floor under every durable commit.</summary>
internal static partial class DiskFlush
{
    private const int PageBytes = 4096;

    /// <summary>Overwrites pages of a file that exists already, each followed by fdatasync.</summary>
    public static LatencyHistogram Measure(string folder, int count)
    {
        var path = Path.Combine(folder, "flush-" + Path.GetRandomFileName());
        var page = new byte[PageBytes];
        var latencies = new LatencyHistogram();
        try
        {
            using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
            for (var index = 0; index < count; index++)
            {
                RandomAccess.Write(file, page, (long)index * PageBytes);
            }

            RandomAccess.FlushToDisk(file);
            for (var index = 0; index < count; index++)
            {
                page[0] = (byte)(index + 1);
                RandomAccess.Write(file, page, (long)index * PageBytes);
                var start = Stopwatch.GetTimestamp();
                if (fdatasync((int)file.DangerousGetHandle()) != 0)
                {
                    throw new IOException($"fdatasync failed: error {Marshal.GetLastPInvokeError()}.");
                }

                latencies.Record(Stopwatch.GetElapsedTime(start));
            }
        }
        finally
        {
            File.Delete(path);
        }

        return latencies;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(int file);
}
