using Microsoft.Win32.SafeHandles;
using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Disk;

/// <summary>Writes files from the page cache to the disk when nobody has asked for it, as the kernel may at any time.</summary>
/// <remarks>Without it nothing would reach the disk in the short time of a run but what is synced.</remarks>
internal sealed class Writeback(string folder, Chance chance)
{
    private const int StepsPerListing = 50;
    private const uint WriteAndWait = 2 | 4; // SYNC_FILE_RANGE_WRITE, SYNC_FILE_RANGE_WAIT_AFTER: no flush
    private const int ReadOnlyCloseOnExec = 0x80000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private string[] _files = [];

    /// <summary>Goes on until cancelled: in turn with the database file written last, and with any file.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Pause);
        try
        {
            for (var step = 0; await timer.WaitForNextTickAsync(cancellation); step++)
            {
                if (step % StepsPerListing == 0)
                {
                    _files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
                }

                if (_files.Length > 0)
                {
                    Write(step % 2 == 0 ? _files[chance.Below(_files.Length)] : NewestDatabase());
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The load has ended.
        }
    }

    private string NewestDatabase() => _files.Where(path => path.EndsWith(".sqlite", StringComparison.Ordinal))
        .MaxBy(File.GetLastWriteTimeUtc) ?? _files[0];

    private static void Write(string path)
    {
        // .NET's own way to open takes a lock, which the engine could run into. A file may be gone by now.
        var descriptor = NativeMethods.Open(path, ReadOnlyCloseOnExec);
        if (descriptor >= 0)
        {
            using var file = new SafeFileHandle(descriptor, ownsHandle: true);
            _ = NativeMethods.SyncFileRange(descriptor, 0, 0, WriteAndWait);
        }
    }
}
