using Microsoft.Win32.SafeHandles;

namespace Shoal.PowerCut.Load;

/// <summary>Writes marks into the recording. Thread: safe for any.</summary>
internal sealed class MarkFile(string path) : IMarks, IDisposable
{
    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

    public void Write(MarkKind kind, int database, int commits)
    {
        Span<byte> bytes = stackalloc byte[Mark.Bytes];
        new Mark(kind, database, commits).Write(bytes);
        RandomAccess.Write(_file, bytes, fileOffset: 0);
    }

    public void Dispose() => _file.Dispose();
}
