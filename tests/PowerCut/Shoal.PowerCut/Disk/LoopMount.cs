using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shoal.PowerCut.Disk;

/// <summary>A file system, in a file through a loop device or in memory, mounted until disposed.</summary>
/// <remarks>The device frees itself when it is unmounted, by whomever.</remarks>
internal sealed class LoopMount : IDisposable
{
    // Source: linux/loop.h; struct loop_config is the descriptor, the block size, struct loop_info64 and 64 reserved bytes.
    private const ulong LoopControlGetFree = 0x4C82;
    private const ulong LoopConfigure = 0x4C0A;
    private const int ConfigBytes = 304;
    private const int ConfigFlagsOffset = 60;
    private const int AutoClear = 4;

    /// <summary>At least two minutes.</summary>
    private const int AttemptsMax = 12_000;

    private const ulong NoAccessTimes = 1024;
    private const int Busy = 16;
    private readonly string _folder;
    private bool _mounted = true;

    private LoopMount(string folder) => _folder = folder;

    /// <exception cref="IOException">The file system can not be mounted.</exception>
    public static LoopMount Mount(string image, string folder, string type)
    {
        using var device = Attach(image, out var path);
        var cache = File.ReadAllText($"/sys/block/{Path.GetFileName(path)}/queue/write_cache").Trim();
        if (cache != "write back")
        {
            throw new IOException($"the loop device has a cache \"{cache}\": it would not be told to flush");
        }

        return NativeMethods.Mount(path, folder, type, NoAccessTimes, "") == 0
            ? new LoopMount(folder)
            : throw new IOException($"mount {type}: {Error()}");
    }

    /// <summary>A file system in memory.</summary>
    /// <exception cref="IOException">It can not be mounted.</exception>
    public static LoopMount MountMemory(string folder) =>
        NativeMethods.Mount("memory", folder, "tmpfs", NoAccessTimes, "") == 0
            ? new LoopMount(folder)
            : throw new IOException($"mount tmpfs: {Error()}");

    public void Dispose()
    {
        if (_mounted)
        {
            _mounted = false;
            Unmount(_folder);
        }
    }

    public static void Unmount(string folder)
    {
        // A process that has just been killed may still hold files for a moment.
        for (var attempt = 0; NativeMethods.Unmount(folder, 0) != 0; attempt++)
        {
            if (Marshal.GetLastPInvokeError() != Busy || attempt == AttemptsMax)
            {
                throw new IOException($"umount {folder}: {Error()}");
            }

            Thread.Sleep(10);
        }
    }

    private static SafeFileHandle Attach(string image, out string path)
    {
        using var control = File.OpenHandle("/dev/loop-control", FileMode.Open, FileAccess.ReadWrite);
        using var file = File.OpenHandle(image, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var config = new byte[ConfigBytes];
        BinaryPrimitives.WriteInt32LittleEndian(config, (int)file.DangerousGetHandle());
        BinaryPrimitives.WriteInt32LittleEndian(config.AsSpan(ConfigFlagsOffset), AutoClear);
        while (true)
        {
            var number = NativeMethods.Control((int)control.DangerousGetHandle(), LoopControlGetFree, argument: null);
            path = $"/dev/loop{number}";
            if (number < 0)
            {
                throw new IOException($"no loop device is free: {Error()}");
            }

            var device = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (NativeMethods.Control((int)device.DangerousGetHandle(), LoopConfigure, config) == 0)
            {
                return device;
            }

            // Another process may have taken the same one.
            var error = Marshal.GetLastPInvokeError();
            device.Dispose();
            if (error != Busy)
            {
                throw new IOException($"{path} can not be attached: {new Win32Exception(error).Message}");
            }
        }
    }

    private static string Error() => new Win32Exception(Marshal.GetLastPInvokeError()).Message;
}
