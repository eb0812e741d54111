using System.Buffers;
using System.IO.Compression;
using ZstdSharp;

namespace Shoal.Engine.History;

/// <summary>Decompresses blocks of packs, one after the other, in steps.</summary>
/// <remarks>
/// New blocks are compressed by Zstandard; those that version 1 of packs has written, and that were copied since, by Brotli.
/// Cost: Zstandard's window, up to 16 MiB, which is kept for the next block. Thread: one.
/// </remarks>
internal sealed class BlockDecoder
{
    private Decompressor? _zstandard;
    private BrotliDecoder _brotli;
    private bool _isZstandard;

    /// <summary>Begins a block; what was left of the one before is forgotten.</summary>
    public void Begin(bool isZstandard)
    {
        _isZstandard = isZstandard;
        if (isZstandard)
        {
            _zstandard ??= new Decompressor();
            _zstandard.ResetStream();
        }
        else
        {
            _brotli.Dispose();
            _brotli = default;
        }
    }

    /// <summary>Decompresses what has room.</summary>
    /// <param name="stored">What is left of the block.</param>
    /// <param name="raw">Where it goes.</param>
    /// <param name="consumed">How much was taken. Units: bytes.</param>
    /// <param name="written">How much came out. Units: bytes.</param>
    /// <returns>Whether the block has ended, there is more, it is cut off, or it is no block.</returns>
    public OperationStatus Decompress(ReadOnlySpan<byte> stored, Span<byte> raw, out int consumed, out int written)
    {
        if (!_isZstandard)
        {
            return _brotli.Decompress(stored, raw, out consumed, out written);
        }

        try
        {
            return _zstandard!.UnwrapStream(stored, raw, out consumed, out written);
        }
        catch (ZstdException)
        {
            (consumed, written) = (0, 0);
            return OperationStatus.InvalidData;
        }
    }

    /// <summary>Gives its memory back; it may be used again.</summary>
    public void Return()
    {
        _zstandard?.Dispose();
        _zstandard = null;
        _brotli.Dispose();
        _brotli = default;
    }
}
