using System.Buffers.Binary;
using Shoal.Engine.History;
using Shoal.Engine.Log;
using Shoal.Engine.Tests.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>A pack whose every byte is known.</summary>
internal static class GoldenPack
{
    public const string Name = "00000001-00000001-0-0000000100001000-0000000200002000.pack";

    private static readonly PackHeader Header =
        new(PackLevel.Commits, LogEpoch: 1, new LogPosition(1, 4096), new LogPosition(2, 8192));

    /// <summary>Versions of the format.</summary>
    public static readonly TheoryData<int> Versions = [1, Newest];

    private const int Newest = (int)PackHeader.Version;

    /// <summary>The committed pack, as a version of the format wrote it.</summary>
    public static byte[] Read(int version = Newest)
    {
        using var stream = typeof(GoldenPack).Assembly.GetManifestResourceStream($"history-pack-{version}.pack")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Writes it anew: two commits of a new database, the second in two parts, and a snapshot of another database.</summary>
    public static byte[] Write(string path)
    {
        using (var writer = new PackWriter(path, Header))
        {
            writer.Begin(GoldenLog.Database, PackEntryKind.Commits, epoch: 3, PackEntryFlags.Born);
            Add(writer, number: 1, sizeAfter: 2, continues: false, 1, 2);
            Add(writer, number: 2, sizeAfter: 3, continues: true, 2);
            Add(writer, number: 2, sizeAfter: 3, continues: false, 3);
            writer.Begin(new DatabaseId(Guid.Parse("00112233-4455-6677-8899-000000000000")), PackEntryKind.Snapshot, epoch: 3);
            Add(writer, number: 9, sizeAfter: 2, continues: false, 1, 2);
            writer.Finish();
        }

        return File.ReadAllBytes(path);
    }

    private static void Add(PackWriter writer, ulong number, uint sizeAfter, bool continues, params uint[] pages)
    {
        var part = new PackPart(number, number == 9 ? number : number - 1, 1_767_323_045_000_000 + (long)number, sizeAfter, GoldenLog.PageBytes,
            (uint)pages.Length, continues);
        var body = new byte[part.BodyBytes];
        for (var index = 0; index < pages.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(index * sizeof(uint)), pages[index]);
            body.AsSpan(LogRecordHeader.TableBytes(pages.Length) + index * GoldenLog.PageBytes, GoldenLog.PageBytes)
                .Fill((byte)(16 * number + pages[index]));
        }

        writer.Add(part, body);
    }
}
