using System.Buffers.Binary;
using System.Numerics;

namespace Shoal.Items.Storage;

/// <summary>MD5 of short inputs: it spreads keys, and keeps nothing secret.</summary>
/// <remarks>
/// A call into a cryptographic library costs more than the hash itself for inputs as short as keys. Cost: 64 bytes of stack,
/// no allocation. Source: RFC 1321.
/// </remarks>
internal static class KeyHash
{
    /// <summary>Size of a hash. Units: bytes.</summary>
    public const int Bytes = 16;

    private const int BlockBytes = 64;
    private const int LengthBytes = 8;

    /// <summary>The integer parts of 2^32 times the sines of 1 to 64.</summary>
    private static readonly uint[] Sines =
        [.. Enumerable.Range(1, 64).Select(static step => (uint)(long)Math.Floor(Math.Abs(Math.Sin(step)) * 4294967296.0))];

    /// <summary>How far each of four steps in turn rotates, for the four rounds.</summary>
    private static ReadOnlySpan<byte> Rotations => [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

    /// <summary>Hashes three parts that follow each other.</summary>
    public static void Compute(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, Span<byte> hash)
    {
        Span<uint> state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476];
        Span<byte> block = stackalloc byte[BlockBytes];
        var filled = 0;
        Add(first, block, ref filled, state);
        Add(second, block, ref filled, state);
        Add(third, block, ref filled, state);

        // A one, zeros to the end of a block, and the length in bits.
        block[filled++] = 0x80;
        block[filled..].Clear();
        if (filled > BlockBytes - LengthBytes)
        {
            Mix(block, state);
            block.Clear();
        }

        var bits = 8UL * (ulong)(first.Length + second.Length + third.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(block[(BlockBytes - LengthBytes)..], bits);
        Mix(block, state);
        for (var index = 0; index < state.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(hash[(index * sizeof(uint))..], state[index]);
        }
    }

    private static void Add(ReadOnlySpan<byte> part, Span<byte> block, ref int filled, Span<uint> state)
    {
        while (!part.IsEmpty)
        {
            var count = Math.Min(part.Length, BlockBytes - filled);
            part[..count].CopyTo(block[filled..]);
            part = part[count..];
            filled += count;
            if (filled == BlockBytes)
            {
                Mix(block, state);
                filled = 0;
            }
        }
    }

    private static void Mix(ReadOnlySpan<byte> block, Span<uint> state)
    {
        Span<uint> words = stackalloc uint[16];
        for (var index = 0; index < words.Length; index++)
        {
            words[index] = BinaryPrimitives.ReadUInt32LittleEndian(block[(index * sizeof(uint))..]);
        }

        var sines = Sines;
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        for (var step = 0; step < 64; step++)
        {
            var (mixed, word) = (step >> 4) switch
            {
                0 => (d ^ (b & (c ^ d)), step),
                1 => (c ^ (d & (b ^ c)), (5 * step) + 1),
                2 => (b ^ c ^ d, (3 * step) + 5),
                _ => (c ^ (b | ~d), 7 * step),
            };
            var sum = a + mixed + sines[step] + words[word & 15];
            (a, d, c) = (d, c, b);
            b += BitOperations.RotateLeft(sum, Rotations[((step >> 4) << 2) | (step & 3)]);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
    }
}
