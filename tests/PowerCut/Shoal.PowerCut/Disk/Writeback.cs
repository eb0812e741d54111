using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Disk;

/// <summary>Writes files from the page cache to the disk when nobody has asked for it, as the kernel may at any time.</summary>
/// <remarks>Without it nothing would reach the disk in the short time of a run but what is synced.</remarks>
internal sealed class Writeback(string folder, Chance chance)
{
    private const int StepsPerListing = 50;
    private const uint WriteAndWait = 2 | 4; // SYNC_FILE_RANGE_WRITE, SYNC_FILE_RANGE_WAIT_AFTER: no flush
    private string[] _files = [];
    private int _steps;

    /// <summary>Writes back one of the folder's files.</summary>
    public void Step()
    {
        if (_steps++ % StepsPerListing == 0)
        {
            _files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        }

        var path = _files[chance.Below(_files.Length)];
        try
        {
            // It only opens for reading and takes no locks.
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            _ = NativeMethods.SyncFileRange((int)file.DangerousGetHandle(), 0, 0, WriteAndWait);
        }
        catch (IOException)
        {
            // It is gone, or the engine keeps it to itself.
        }
    }
}
