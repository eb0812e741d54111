using System.Buffers.Binary;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Log;

/// <summary>A log whose every byte is known: fixed clock, ids and salt.</summary>
internal static class GoldenLog
{
    public const int SegmentBytes = 8 * 1024;
    public const int PageBytes = 512;
    public const ulong Salt = 0x0123_4567_89AB_CDEF;

    public static readonly DatabaseId Database = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"));

    /// <summary>The committed segment, as the first version of the format wrote it.</summary>
    public static byte[] Read()
    {
        using var stream = typeof(GoldenLog).Assembly.GetManifestResourceStream("commit-log-1.segment")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>A log folder that holds just this segment.</summary>
    public static TempFolder Folder(byte[] segment)
    {
        var folder = new TempFolder();
        File.WriteAllBytes(folder.Combine("00000001.segment"), segment);
        return folder;
    }

    /// <summary>Writes it anew.</summary>
    public static async Task<byte[]> WriteAsync()
    {
        using var folder = new TempFolder();
        var time = new ManualTimeProvider();
        using var metrics = new EngineMetrics();
        var pool = new SegmentPool(folder.Root, SegmentBytes, 1, NewestSegment.Open(folder.Combine("SEGMENT")))
        {
            NewSalt = () => Salt,
        };
        var empty = new RecoveredLog(1, [], 1, LogPosition.Zero, LogPosition.Zero, 0, 0, new RedoIndex());
        using (var log = new CommitLog(pool, empty, time, metrics, error => Assert.Fail(error.Message)))
        {
            // One by one: what a record knows to be durable depends on it.
            await log.WaitDurableAsync(log.AppendCheckpoint(LogPosition.Zero, 0, opened: true));
            time.Advance(TimeSpan.FromSeconds(1));
            await log.WaitDurableAsync(Commit(log, number: 1, continues: false, sizeAfter: 2, 1, 2));
            time.Advance(TimeSpan.FromSeconds(1));
            var second = log.End;
            await log.WaitDurableAsync(Commit(log, number: 2, continues: true, sizeAfter: 3, 2));
            time.Jump(TimeSpan.FromHours(-1));
            await log.WaitDurableAsync(Commit(log, number: 2, continues: false, sizeAfter: 3, 3));
            await log.WaitDurableAsync(log.AppendCheckpoint(second, catalogNumber: 7));
        }

        return await File.ReadAllBytesAsync(folder.Combine("00000001.segment"));
    }

    /// <summary>The first version did not mark records whose commit began before.</summary>
    private static LogPosition Commit(CommitLog log, ulong number, bool continues, uint sizeAfter, params uint[] pages)
    {
        var body = new byte[LogRecordHeader.TableBytes(pages.Length) + pages.Length * PageBytes];
        for (var index = 0; index < pages.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(index * sizeof(uint)), pages[index]);
            body.AsSpan(LogRecordHeader.TableBytes(pages.Length) + index * PageBytes, PageBytes).Fill((byte)(16 * number + pages[index]));
        }

        return log.AppendCommit(Database, number, new CommitPart(body, pages.Length, PageBytes, sizeAfter, continues, isContinued: false));
    }
}
