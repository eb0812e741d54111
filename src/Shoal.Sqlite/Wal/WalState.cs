using System.Runtime.InteropServices;

namespace Shoal.Sqlite.Wal;

/// <summary>The write-ahead log as a connection sees it right after its own commit.</summary>
/// <remarks>Shape: 32 bytes, field for field the <c>shoal_wal_state</c> of <c>native/shoal_sqlite.h</c>.</remarks>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public readonly record struct WalState
{
    /// <summary>First salt of the WAL header; grows when the WAL restarts. 0 without a WAL.</summary>
    public readonly uint Salt1;

    /// <summary>Second salt of the WAL header; random at each restart.</summary>
    public readonly uint Salt2;

    /// <summary>Index of the last committed frame, from 1; 0 for an empty WAL.</summary>
    public readonly uint FrameIndexMax;

    /// <summary>Frames already copied into the database file by checkpoints.</summary>
    public readonly uint FramesCheckpointed;

    /// <summary>Size of the database at <see cref="FrameIndexMax"/>, in pages.</summary>
    public readonly uint PageCount;

    /// <summary>Size of a page. Units: bytes.</summary>
    public readonly uint PageBytes;

    private readonly uint _isWal;
    private readonly uint _reserved;

    /// <summary>Whether the database is in WAL mode.</summary>
    public bool IsWal => _isWal != 0;
}
