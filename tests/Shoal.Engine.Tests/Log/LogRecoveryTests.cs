using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Log;

public sealed class LogRecoveryTests
{
    private const int PageBytes = 4096;

    [Fact]
    public async Task Parts_of_a_commit_that_a_stop_cut_off_do_not_join_the_commit_that_gets_its_number()
    {
        using var temporary = new TempFolder();
        using var folder = DataFolder.Open(temporary.Root);
        var id = DatabaseId.NewRandom();
        await AppendAsync(folder, id, page: 7, continues: true);
        await AppendAsync(folder, id, page: 3, continues: false);

        var newest = NewestSegment.Read(folder.NewestSegmentPath);
        using var pool = new SegmentPool(folder.LogPath, 4 * 1024 * 1024, LogRecovery.LastName(folder.LogPath) + 1,
            NewestSegment.Open(folder.NewestSegmentPath));
        var recovered = LogRecovery.Run(folder.LogPath, newest, pool);
        Assert.True(recovered.Redo.TryGet(id, out var records));
        Assert.Equal(3u, Assert.Single(records).Header.SizeAfterPages);
        recovered.CloseSegments();
    }

    /// <summary>One run of a store that appends one record, of commit number 1, and stops.</summary>
    private static async Task AppendAsync(DataFolder folder, DatabaseId id, uint page, bool continues)
    {
        using var metrics = new EngineMetrics();
        var options = new EngineOptions
        {
            DataFolder = folder.Root,
            Limits = new EngineLimits { LogSegmentBytes = 4 * 1024 * 1024 },
        };
        using var store = DurableStore.Open(folder, options, metrics);
        await store.Log.WaitDurableAsync(Append(store.Log, id, page, continues));
    }

    private static LogPosition Append(CommitLog log, DatabaseId id, uint page, bool continues)
    {
        var body = new byte[LogRecordHeader.TableBytes(1) + PageBytes];
        body[0] = (byte)page;
        return log.AppendCommit(id, number: 1, new CommitPart(body, pageCount: 1, PageBytes, sizeAfterPages: page, continues, isContinued: false));
    }
}
