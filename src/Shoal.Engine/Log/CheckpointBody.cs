using System.Buffers.Binary;

namespace Shoal.Engine.Log;

/// <summary>The body of a checkpoint record.</summary>
/// <param name="OldestNeeded">Where recovery starts: everything before it is in database files and flushed.</param>
/// <param name="CatalogNumber">Number of the catalog's last commit; those of other databases are in the catalog.</param>
internal readonly record struct CheckpointBody(LogPosition OldestNeeded, ulong CatalogNumber)
{
    public const int Bytes = 16;

    public static CheckpointBody Read(ReadOnlySpan<byte> body) => new(
        new LogPosition(BinaryPrimitives.ReadUInt64LittleEndian(body)),
        BinaryPrimitives.ReadUInt64LittleEndian(body[8..]));

    public void Write(Span<byte> body)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(body, OldestNeeded.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(body[8..], CatalogNumber);
    }
}
