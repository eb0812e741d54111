using System.Buffers.Binary;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Log;

/// <summary>Goal: a damaged log is recovered exactly or refused, never shortened in silence. Method: damage copies of a known one.</summary>
public sealed class LogDamageTests
{
    [Fact]
    public async Task A_flipped_bit_anywhere_is_refused_or_harmless()
    {
        var (seed, random) = NewRandom();
        using var scenario = await LogScenario.WriteAsync(random);
        using var copy = scenario.Copy();
        var refused = 0;
        for (var round = 0; round < 300; round++)
        {
            var path = random.GetItems(LogRecovery.Files(copy.Root).ToArray(), 1)[0];
            var offset = round % 5 == 0 ? random.Next(SegmentHeader.BlockBytes) : random.Next(LogScenario.SegmentBytes);
            var bit = (byte)(1 << random.Next(8));
            Flip(path, offset, bit);
            var what = $"seed {seed}, round {round}: {Path.GetFileName(path)}, offset {offset}, bit {bit}";
            if (scenario.Recover(copy.Root, what, lastRecordMayGo: IsInLastRecord(scenario, path, offset)) is { } error)
            {
                refused++;
                AssertNames(error, path, offset, what);
            }

            Flip(path, offset, bit);
        }

        Assert.Null(scenario.Recover(copy.Root, $"seed {seed}: undamaged"));
        Assert.InRange(refused, 30, 300);
    }

    [Fact]
    public async Task A_zeroed_block_anywhere_is_refused_or_harmless()
    {
        var (seed, random) = NewRandom();
        using var scenario = await LogScenario.WriteAsync(random);
        for (var round = 0; round < 60; round++)
        {
            using var copy = scenario.Copy();
            var path = random.GetItems(LogRecovery.Files(copy.Root).ToArray(), 1)[0];
            var offset = random.Next(LogScenario.SegmentBytes / 4096) * 4096;
            var content = await File.ReadAllBytesAsync(path);
            content.AsSpan(offset, 4096).Clear();
            await File.WriteAllBytesAsync(path, content);
            var what = $"seed {seed}, round {round}: {Path.GetFileName(path)}, offset {offset}";
            var last = new LogPosition(SequenceOf(path), (uint)offset + 4096) > scenario.LastRecord;
            if (offset == 0 || !last)
            {
                _ = scenario.Recover(copy.Root, what);
            }
        }
    }

    [Fact]
    public async Task A_truncated_segment_is_refused_with_the_length_it_had()
    {
        var (seed, random) = NewRandom();
        using var scenario = await LogScenario.WriteAsync(random);
        foreach (var sequence in scenario.NeededSegments())
        {
            foreach (var length in (int[])[0, 100, 4096, 5000, random.Next(4096, LogScenario.SegmentBytes), LogScenario.SegmentBytes - 8])
            {
                using var copy = scenario.Copy();
                var path = scenario.FileOf(copy.Root, sequence);
                using (var file = File.OpenWrite(path))
                {
                    file.SetLength(length);
                }

                var error = scenario.Recover(copy.Root, $"seed {seed}: segment {sequence} cut to {length}");
                Assert.NotNull(error);
                Assert.Contains($"{path}, offset {(length < 4096 ? 0 : length)}", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_missing_segment_is_refused_by_its_number_be_it_the_first_one_in_the_middle_or_the_last()
    {
        var (seed, random) = NewRandom();
        using var scenario = await LogScenario.WriteAsync(random);
        var needed = scenario.NeededSegments();
        Assert.True(needed.Count >= 3, $"seed {seed}: only {needed.Count} segments");
        foreach (var sequence in needed)
        {
            using var copy = scenario.Copy();
            File.Delete(scenario.FileOf(copy.Root, sequence));

            var error = scenario.Recover(copy.Root, $"seed {seed}: segment {sequence} deleted");

            Assert.NotNull(error);
            Assert.Contains($"the commit log in {copy.Root} lacks segment {sequence}: ", error.Message, StringComparison.Ordinal);
            Assert.Contains("shoal doctor", error.Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_empty_folder_where_a_log_was_is_refused()
    {
        var (seed, random) = NewRandom();
        using var scenario = await LogScenario.WriteAsync(random);
        using var empty = new TempFolder();

        var error = scenario.Recover(empty.Root, $"seed {seed}");

        Assert.NotNull(error);
        Assert.Contains("not mounted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_segments_mean_nothing()
    {
        var (seed, random) = NewRandom();
        using var scenario = await LogScenario.WriteAsync(random);
        using var copy = scenario.Copy();
        var names = LogRecovery.Files(copy.Root).ToArray();
        var shuffled = names.ToArray();
        random.Shuffle(shuffled);
        foreach (var name in names)
        {
            File.Move(name, name + ".moving");
        }

        for (var index = 0; index < names.Length; index++)
        {
            File.Move(names[index] + ".moving", shuffled[index]);
        }

        Assert.Null(scenario.Recover(copy.Root, $"seed {seed}: shuffled"));
    }

    [Fact]
    public async Task A_second_copy_of_a_segment_is_refused_and_both_are_named()
    {
        var (seed, random) = NewRandom();
        using var scenario = await LogScenario.WriteAsync(random);
        using var copy = scenario.Copy();
        var path = scenario.FileOf(copy.Root, scenario.NewestBegun);
        File.Copy(path, copy.Combine("old copy.segment"));

        var error = scenario.Recover(copy.Root, $"seed {seed}");

        Assert.NotNull(error);
        Assert.Contains("old copy.segment", error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_segment_overwritten_by_another_one_is_refused()
    {
        var (seed, random) = NewRandom();
        using var scenario = await LogScenario.WriteAsync(random);
        var needed = scenario.NeededSegments();
        using var copy = scenario.Copy();
        File.Copy(scenario.FileOf(copy.Root, needed[0]), scenario.FileOf(copy.Root, needed[1]), overwrite: true);

        Assert.NotNull(scenario.Recover(copy.Root, $"seed {seed}"));
    }

    [Fact]
    public async Task What_an_earlier_use_left_in_a_recycled_segment_never_counts()
    {
        var (seed, random) = NewRandom();
        using var scenario = await LogScenario.WriteAsync(random);
        using var copy = scenario.Copy();

        // Records of another segment, whole and in order, right behind the end: a recycled file looks like that.
        var end = End(scenario, copy.Root);
        var donor = await File.ReadAllBytesAsync(scenario.FileOf(copy.Root, scenario.NeededSegments()[0]));
        var path = scenario.FileOf(copy.Root, end.Sequence);
        var content = await File.ReadAllBytesAsync(path);
        var room = content.Length - (int)end.OffsetBytes;
        donor.AsSpan(SegmentHeader.BlockBytes, Math.Min(room, donor.Length - SegmentHeader.BlockBytes)).CopyTo(content.AsSpan((int)end.OffsetBytes));
        await File.WriteAllBytesAsync(path, content);

        Assert.Null(scenario.Recover(copy.Root, $"seed {seed}: stale bytes behind {end}"));
        Assert.Equal(end, End(scenario, copy.Root));
    }

    [Fact]
    public async Task A_torn_tail_is_cut_in_silence()
    {
        var (seed, random) = NewRandom();
        using var scenario = await LogScenario.WriteAsync(random);
        var end = End(scenario, scenario.Root);
        for (var kept = 0; kept < end.OffsetBytes - scenario.LastRecord.OffsetBytes; kept += random.Next(1, 200))
        {
            using var copy = scenario.Copy();
            var path = scenario.FileOf(copy.Root, scenario.LastRecord.Sequence);
            var content = await File.ReadAllBytesAsync(path);
            content.AsSpan((int)scenario.LastRecord.OffsetBytes + kept).Clear();
            await File.WriteAllBytesAsync(path, content);

            Assert.Null(scenario.Recover(copy.Root, $"seed {seed}: {kept} bytes kept of the last record", lastRecordMayGo: true));
        }
    }

    [Fact]
    public async Task Parts_of_a_commit_that_a_crash_cut_off_are_not_taken_for_parts_of_the_next()
    {
        using var folder = new TempFolder();
        var database = new DatabaseId(new Guid(1, 0, 0, new byte[8]));
        await OpenAndAppendAsync(folder, async log =>
        {
            await log.WaitDurableAsync(log.AppendCommit(database, 1, Part(page: 1, continues: false)));
            await log.WaitDurableAsync(log.AppendCommit(database, 2, Part(page: 7, continues: true)));
        });
        await OpenAndAppendAsync(folder, log => log.WaitDurableAsync(log.AppendCommit(database, 2, Part(page: 2, continues: false))).AsTask());

        var recovered = LogRecovery.Examine(folder.Root, newestBegun: 2);

        Assert.True(recovered.Redo.TryGet(database, out var records));
        var pages = new byte[8];
        Assert.Equal([1U, 2U], records.Select(record =>
        {
            record.Segment.Read(pages, record.Header.Position.OffsetBytes + LogRecordHeader.Bytes);
            return BinaryPrimitives.ReadUInt32LittleEndian(pages);
        }));
        Assert.All(recovered.Segments, segment => segment.Dispose());
    }

    private static CommitPart Part(uint page, bool continues)
    {
        var body = new byte[8 + 512];
        BinaryPrimitives.WriteUInt32LittleEndian(body, page);
        return new CommitPart(body, 1, 512, 8, continues, isContinued: false);
    }

    private static async Task OpenAndAppendAsync(TempFolder folder, Func<CommitLog, Task> append)
    {
        using var metrics = new EngineMetrics();
        var newest = folder.Combine("SEGMENT");
        var begun = NewestSegment.Read(newest);
        var pool = new SegmentPool(
            folder.Root, LogScenario.SegmentBytes, LogRecovery.LastName(folder.Root) + 1, NewestSegment.Open(newest));
        var recovered = LogRecovery.Run(folder.Root, begun, pool);
        using var log = new CommitLog(pool, recovered, TimeProvider.System, metrics, error => Assert.Fail(error.Message));
        log.AppendCheckpoint(recovered.OldestNeeded, recovered.CatalogNumber, opened: true);
        await append(log);
    }

    private static (int Seed, Random Random) NewRandom()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        return (seed, new Random(seed));
    }

    private static void Flip(string path, int offset, byte bit)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        Span<byte> one = stackalloc byte[1];
        RandomAccess.Read(file, one, offset);
        one[0] ^= bit;
        RandomAccess.Write(file, one, offset);
    }

    private static uint SequenceOf(string path)
    {
        using var segment = LogSegment.Open(path, write: false);
        _ = segment.ReadHeader();
        return segment.Header.Sequence;
    }

    private static bool IsInLastRecord(LogScenario scenario, string path, int offset) =>
        SequenceOf(path) == scenario.LastRecord.Sequence && offset >= scenario.LastRecord.OffsetBytes;

    private static LogPosition End(LogScenario scenario, string folder)
    {
        var log = LogRecovery.Examine(folder, scenario.NewestBegun);
        Assert.All(log.Segments, segment => segment.Dispose());
        return log.End;
    }

    /// <summary>The refusal leads to the damaged record: it starts at or before the damage, and in that file.</summary>
    private static void AssertNames(EngineException error, string path, int offset, string what)
    {
        var damage = Assert.IsType<LogDamagedException>(error);
        Assert.True(damage.FilePath == path, $"{what}: {error.Message}");
        Assert.True(damage.OffsetBytes <= offset && damage.OffsetBytes > offset - 8 * 1024, $"{what}: {error.Message}");
        Assert.Contains($"{path}, offset {damage.OffsetBytes}", error.Message, StringComparison.Ordinal);
    }
}
