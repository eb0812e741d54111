using System.Numerics;
using System.Runtime.InteropServices;

namespace Shoal.Engine.Log;

/// <summary>CRC-32C (Castagnoli), by the processor's instruction where it has one.</summary>
internal static class Crc32C
{
    /// <summary>Extends a checksum by more bytes; start with a seed of your choice.</summary>
    public static uint Append(uint seed, ReadOnlySpan<byte> bytes)
    {
        var crc = ~seed;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var value in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
