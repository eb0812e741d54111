using System.Buffers;

namespace Shoal.Engine.History;

/// <summary>Memory for one block of a pack at a time, and what decompresses it; used again for the next one.</summary>
/// <remarks>
/// A new array for each block is one of the large kind, which ends in full collections, and those make all who serve requests
/// pause. Cost: up to 64 MiB of addresses, of which only what was used is memory; what is given back, the runtime's pool frees when
/// nobody uses it for a while. Thread: one.
/// </remarks>
internal sealed class BlockBuffer
{
    private byte[] _stored = [];
    private byte[] _raw = [];

    /// <summary>Decompresses one block at a time.</summary>
    public BlockDecoder Decoder { get; } = new();

    /// <summary>Room for a block as it is stored; what was there before is lost.</summary>
    public Memory<byte> Stored(int bytes) => Of(ref _stored, bytes);

    /// <summary>Room for a block uncompressed; what was there before is lost.</summary>
    public Memory<byte> Raw(int bytes) => Of(ref _raw, bytes);

    /// <summary>Gives its memory to others; it may be used again.</summary>
    public void Return()
    {
        Return(ref _stored);
        Return(ref _raw);
        Decoder.Return();
    }

    private static Memory<byte> Of(ref byte[] array, int bytes)
    {
        if (array.Length < bytes)
        {
            Return(ref array);
            array = ArrayPool<byte>.Shared.Rent(bytes);
        }

        return array.AsMemory(0, bytes);
    }

    private static void Return(ref byte[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
            array = [];
        }
    }
}
