using System.Buffers.Binary;
using System.Text;

namespace Shoal.PowerCut.Model;

/// <summary>The content of a row of <c>items</c>, which follows from its id and version: as SQL and as a hash.</summary>
/// <remarks>The payload repeats a number that no other version of any row has, so that stale bytes do not go unnoticed.</remarks>
internal static class Row
{
    /// <summary>The columns, as SQL expressions over a column <c>id</c>.</summary>
    public static string Columns(int version) => $"id, {version}, {version % 16}, {Payload(version)}";

    /// <summary>The payload of the row's <c>id</c> in a version, as an SQL expression.</summary>
    public static string Payload(int version) =>
        $"replace(hex(zeroblob(1 + (id * 7 + {version} * 13) % 24 + (id % 50 = 0) * 400)), '00', "
        + $"printf('%016x', id * 1000003 + {version}))";

    /// <summary>The hash of what a row with this id and version must hold.</summary>
    public static ulong Hash(long id, int version)
    {
        Span<byte> number = stackalloc byte[16];
        _ = Encoding.UTF8.GetBytes((id * 1000003 + version).ToString("x16"), number);
        var repeats = (int)(1 + (id * 7 + version * 13L) % 24 + (id % 50 == 0 ? 400 : 0));
        Span<byte> payload = stackalloc byte[repeats * number.Length];
        for (var index = 0; index < repeats; index++)
        {
            number.CopyTo(payload[(index * number.Length)..]);
        }

        return Hash(id, version, version % 16, payload);
    }

    /// <summary>The hash of a row as it was read.</summary>
    public static ulong Hash(long id, long version, long tag, ReadOnlySpan<byte> payload)
    {
        var hash = Chance.Mix(Chance.Mix(Chance.Mix((ulong)id + 1) + (ulong)version) + (ulong)tag);
        hash = Chance.Mix(hash + (ulong)payload.Length);
        for (; payload.Length >= sizeof(ulong); payload = payload[sizeof(ulong)..])
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(payload)) * 0x9e3779b97f4a7c15;
            hash ^= hash >> 29;
        }

        foreach (var value in payload)
        {
            hash = (hash ^ value) * 0x100000001b3;
        }

        return Chance.Mix(hash);
    }
}
