using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.Log;

/// <summary>The file that says which segment of the log was begun last, so that a log whose end is missing is noticed.</summary>
/// <remarks>
/// Shape: ten digits and a line feed. It lies outside of the log's folder, which may be a mount that is not there. It is
/// overwritten in place: inside of one sector, so never torn, and without need of space on a full disk. Order: after the
/// segment's header is durable, before its first record. Owns: the file's handle.
/// </remarks>
internal sealed class NewestSegment : IDisposable
{
    private const int Digits = 10;

    private readonly SafeFileHandle _file;

    private NewestSegment(SafeFileHandle file) => _file = file;

    /// <summary>Opens the file for writing, creating it durably when missing.</summary>
    public static NewestSegment Open(string path)
    {
        var isNew = !File.Exists(path);
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        var newest = new NewestSegment(file);
        if (isNew)
        {
            newest.Set(0);
            DirectorySync.Flush(Path.GetDirectoryName(path)!);
        }

        return newest;
    }

    /// <summary>The sequence number of the segment begun last; 0 when none is known of.</summary>
    /// <exception cref="EngineException">The file does not hold a number.</exception>
    public static uint Read(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        var text = File.ReadAllText(path).Trim();
        if (text.Length == 0)
        {
            // A crash right after its creation: no segment was begun before there was a number.
            return 0;
        }

        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? sequence
            : throw new EngineException(EngineErrorKind.Corruption, $"the file {path} does not hold a number: '{text}'",
                "It holds the number of the newest segment of the commit log, which 'shoal log dump' prints; "
                + "restore it, or the whole data folder from a backup.");
    }

    /// <summary>Notes durably that a segment was begun.</summary>
    public void Set(uint sequence)
    {
        var text = sequence.ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0') + "\n";
        RandomAccess.Write(_file, Encoding.ASCII.GetBytes(text), fileOffset: 0);
        FileSync.Data(_file);
    }

    public void Dispose() => _file.Dispose();
}
