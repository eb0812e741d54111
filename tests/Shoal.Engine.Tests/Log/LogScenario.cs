using System.Buffers.Binary;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Log;

/// <summary>A log of many small segments with commits of which all are known, and ways to damage copies of it.</summary>
internal sealed class LogScenario : IDisposable
{
    public const int SegmentBytes = 64 * 1024;

    private const int PageBytes = 512;

    private readonly TempFolder _folder = new();
    private readonly List<(LogPosition Position, DatabaseId Database, ulong Number)> _commits = [];
    private LogPosition _oldestNeeded;
    private LogPosition _lastRecord;

    /// <summary>Every commit, as its place, its database and its number.</summary>
    public IReadOnlyList<(LogPosition Position, DatabaseId Database, ulong Number)> Commits => _commits;

    /// <summary>Where recovery starts according to the last checkpoint.</summary>
    public LogPosition OldestNeeded => _oldestNeeded;

    /// <summary>Where the last record starts; no other one knows it to be durable.</summary>
    public LogPosition LastRecord => _lastRecord;

    /// <summary>The file SEGMENT.</summary>
    public uint NewestBegun { get; private set; }

    public string Root => _folder.Root;

    /// <summary>Writes a log; a crash is that nobody closes it with a checkpoint.</summary>
    public static async Task<LogScenario> WriteAsync(Random random, int commits = 400, bool checkpoints = true)
    {
        var scenario = new LogScenario();
        using var metrics = new EngineMetrics();
        var newestPath = scenario._folder.Combine("SEGMENT");
        var pool = new SegmentPool(scenario.Root, SegmentBytes, 1, NewestSegment.Open(newestPath));
        var empty = new RecoveredLog(1, [], 1, LogPosition.Zero, LogPosition.Zero, 0, 0, new RedoIndex());
        var databases = Enumerable.Range(1, 5).Select(number => new DatabaseId(new Guid(number, 0, 0, new byte[8]))).ToArray();
        var numbers = new ulong[databases.Length];
        using (var log = new CommitLog(pool, empty, TimeProvider.System, metrics, error => Assert.Fail(error.Message)))
        {
            await scenario.AppendAsync(log, () => log.AppendCheckpoint(LogPosition.Zero, 0, opened: true));
            for (var index = 0; index < commits; index++)
            {
                var database = random.Next(databases.Length);
                var pages = random.Next(1, 12);
                var number = ++numbers[database];
                var start = await scenario.AppendAsync(log, () => Commit(log, databases[database], number, pages, random));
                scenario._commits.Add((start, databases[database], number));
                if (checkpoints && index % 100 == 99 && index < commits - 20)
                {
                    var oldest = scenario._commits[^50].Position;
                    await scenario.AppendAsync(log, () => log.AppendCheckpoint(oldest, (ulong)index));
                    log.Release(oldest);
                    scenario._oldestNeeded = oldest;
                }
            }
        }

        scenario.NewestBegun = NewestSegment.Read(newestPath);
        return scenario;
    }

    /// <summary>A copy that may be damaged; the caller disposes it.</summary>
    public TempFolder Copy()
    {
        var copy = new TempFolder();
        foreach (var path in Directory.EnumerateFiles(Root))
        {
            File.Copy(path, copy.Combine(Path.GetFileName(path)));
        }

        return copy;
    }

    /// <summary>The file that holds a segment.</summary>
    public string FileOf(string folder, uint sequence) => LogRecovery.Files(folder).Single(path => SequenceOf(path) == sequence);

    /// <summary>Segments that recovery needs, oldest first.</summary>
    public IReadOnlyList<uint> NeededSegments() => [.. LogRecovery.Files(Root).Select(SequenceOf)
        .Where(sequence => sequence >= Math.Max(1, _oldestNeeded.Sequence)).Order()];

    /// <summary>
    /// Recovers and compares: null when everything acknowledged is there; else the refusal. Fails when something is missing
    /// and nobody says so.
    /// </summary>
    public EngineException? Recover(string folder, string what, bool lastRecordMayGo = false)
    {
        RecoveredLog log;
        try
        {
            log = LogRecovery.Examine(folder, NewestBegun);
        }
        catch (EngineException error)
        {
            Assert.Equal(EngineErrorKind.Corruption, error.Kind);
            Assert.NotNull(error.Hint);
            return error;
        }

        try
        {
            Assert.True(log.OldestNeeded <= _oldestNeeded, $"{what}: recovery starts too late");
            var expected = _commits.Where(commit => commit.Position >= log.OldestNeeded
                && (!lastRecordMayGo || commit.Position < _lastRecord));
            var found = log.Redo.Databases.SelectMany(database => log.Redo.TryGet(database, out var records)
                ? records.Select(record => (record.Header.Position, database, record.Header.Number))
                : []).OrderBy(record => record.Position).ToArray();
            var without = lastRecordMayGo ? found.Where(record => record.Position < _lastRecord) : found;
            Assert.True(expected.SequenceEqual(without), $"{what}: {expected.Count()} commits were acknowledged, {found.Length} are there");
            return null;
        }
        finally
        {
            log.CloseSegments();
        }
    }

    public void Dispose() => _folder.Dispose();

    private static uint SequenceOf(string path)
    {
        using var segment = LogSegment.Open(path, write: false);
        return segment.ReadHeader() == SegmentHeaderState.Valid ? segment.Header.Sequence : 0;
    }

    private async Task<LogPosition> AppendAsync(CommitLog log, Func<LogPosition> append)
    {
        var before = log.End;
        var end = append();
        _lastRecord = end.Sequence == before.Sequence ? before : new LogPosition(end.Sequence, SegmentHeader.BlockBytes);
        await log.WaitDurableAsync(end);
        return _lastRecord;
    }

    private static LogPosition Commit(CommitLog log, DatabaseId database, ulong number, int pages, Random random)
    {
        var body = new byte[LogRecordHeader.TableBytes(pages) + pages * PageBytes];
        random.NextBytes(body);
        for (var index = 0; index < pages; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(index * sizeof(uint)), (uint)index + 1);
        }

        return log.AppendCommit(database, number, new CommitPart(body, pages, PageBytes, 12, continues: false, isContinued: false));
    }
}
