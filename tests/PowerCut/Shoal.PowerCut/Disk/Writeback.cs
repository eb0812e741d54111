using Microsoft.Win32.SafeHandles;
using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Disk;

/// <summary>Writes files from the page cache to the disk when nobody has asked for it, as the kernel may at any time.</summary>
/// <remarks>Without it nothing would reach the disk in the short time of a run but what is synced.</remarks>
internal sealed class Writeback(string folder, Chance chance)
{
    private const int StepsPerListing = 50;
    private const int NewestCount = 8;
    private const uint StartWriting = 2; // SYNC_FILE_RANGE_WRITE: no flush, and it does not wait
    private const int ReadOnlyCloseOnExec = 0x80000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private string[] _files = [];

    /// <summary>Goes on until cancelled: in turn with the database files written last, and with any file.</summary>
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

                if (step % 2 == 1)
                {
                    WriteNewestDatabases();
                }
                else if (_files.Length > 0)
                {
                    Write(_files[chance.Below(_files.Length)]);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The load has ended.
        }
    }

    private void WriteNewestDatabases()
    {
        var databases = _files.Where(path => path.EndsWith(".sqlite", StringComparison.Ordinal));
        foreach (var path in databases.OrderByDescending(File.GetLastWriteTimeUtc).Take(NewestCount))
        {
            Write(path);
        }
    }

    private static void Write(string path)
    {
        // .NET's own way to open takes a lock, which the engine could run into. A file may be gone by now.
        var descriptor = NativeMethods.Open(path, ReadOnlyCloseOnExec);
        if (descriptor >= 0)
        {
            using var file = new SafeFileHandle(descriptor, ownsHandle: true);
            _ = NativeMethods.SyncFileRange(descriptor, 0, 0, StartWriting);
        }
    }
}
