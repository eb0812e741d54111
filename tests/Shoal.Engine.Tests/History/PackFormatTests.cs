using Shoal.Engine.History;
using Shoal.Engine.Log;
using Shoal.Engine.Tests.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: packs are read by every version to come, and damage in one is never taken for content.</summary>
public sealed class PackFormatTests
{
    [Fact]
    public void A_pack_of_known_content_has_the_committed_bytes()
    {
        using var folder = new TempFolder();
        var written = GoldenPack.Write(folder.Combine("one.pack"));
        if (Environment.GetEnvironmentVariable("SHOAL_TEST_WRITE_GOLDEN") is { } path)
        {
            File.WriteAllBytes(path, written);
        }

        Assert.Equal(GoldenPack.Read(), written);
    }

    [Theory]
    [MemberData(nameof(GoldenPack.Versions), MemberType = typeof(GoldenPack))]
    public void The_committed_packs_of_all_versions_are_read(int version)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.Combine(GoldenPack.Name), GoldenPack.Read(version));
        using var pack = PackReader.Open(folder.Combine(GoldenPack.Name));

        Assert.Equal((PackLevel.Commits, 1u), (pack.Header.Level, pack.Header.LogEpoch));
        Assert.Equal(GoldenPack.Name, HistoryFolder.NameOf(1, pack.Header));
        Assert.Equal(2, pack.ReadIndex().Count());
        var entry = Assert.Single(pack.Find(GoldenLog.Database));
        var codec = version == 1 ? PackEntryFlags.None : PackEntryFlags.Zstandard;
        Assert.Equal((PackEntryKind.Commits, PackEntryFlags.Born | codec), (entry.Kind, entry.Flags));
        Assert.Equal((3u, 0ul, 1ul, 2ul, 3u), (entry.Epoch, entry.Follows, entry.First, entry.Last, entry.SizeAfterPages));
        var block = pack.ReadBlock(entry).Span;
        var numbers = new List<(ulong, bool, byte)>();
        while (!block.IsEmpty)
        {
            var part = PackPart.Take(ref block, out var body);
            numbers.Add((part.Number, part.Continues, body[^1]));
        }

        Assert.Equal([(1, false, 0x12), (2, true, 0x22), (2, false, 0x23)], numbers);
        Assert.Empty(pack.Find(DatabaseId.NewRandom()));
    }

    /// <summary>The encoder is made to encode every 64 KiB. Blocks are long only where that makes them smaller, and one of a snapshot is a part.</summary>
    [Theory]
    [InlineData(PackEntryKind.Snapshot, 1, 10)]
    [InlineData(PackEntryKind.Commits, 1, 2)]
    [InlineData(PackEntryKind.Commits, 10, 1)]
    public void Large_content_of_any_kind_comes_back_byte_by_byte(object what, int partsWithEachPage, int blocks)
    {
        const int Parts = 10;
        var kind = (PackEntryKind)what;
        var isSnapshot = kind == PackEntryKind.Snapshot;
        using var folder = new TempFolder();
        var part = new PackPart(1, isSnapshot ? 1ul : 0, 1, 255 * Parts, 4096, 255, Continues: true);
        var bodies = new byte[Parts][];
        var random = new Random(1);
        using (var writer = new PackWriter(folder.Combine("large.pack"), new PackHeader(PackLevel.Commits, 1, default, default)))
        {
            writer.Begin(GoldenLog.Database, kind, epoch: 1);
            for (var index = 0; index < Parts; index++)
            {
                bodies[index] = new byte[part.BodyBytes];
                random.NextBytes(bodies[index].AsSpan(0, part.BodyBytes / 2));
                for (var page = 0; page < 255; page++)
                {
                    BitConverter.TryWriteBytes(bodies[index].AsSpan(page * sizeof(uint)), index / partsWithEachPage * 255 + page + 1);
                }

                writer.Add(part with { Continues = index < Parts - 1 }, bodies[index]);
            }

            writer.Finish();
        }

        using var pack = PackReader.Open(folder.Combine("large.pack"));
        var entries = pack.Find(GoldenLog.Database);
        var buffer = new BlockBuffer();
        var read = 0;
        foreach (var entry in entries)
        {
            var block = pack.ReadBlock(entry, buffer).Span;
            while (!block.IsEmpty)
            {
                _ = PackPart.Take(ref block, out var body);
                Assert.True(body.SequenceEqual(bodies[read++]));
            }
        }

        Assert.Equal((Parts, blocks), (read, entries.Count));
    }

    [Theory]
    [InlineData(49, 1)]
    [InlineData(65_535, 1)]
    [InlineData(65_536, 1)]
    [InlineData(65_537, 1)]
    [InlineData(131_068, 4)]
    [InlineData(131_072, 4)]
    [InlineData(131_076, 4)]
    public void Blocks_of_any_length_around_a_step_of_the_encoder_come_back(int rawBytes, int pages)
    {
        using var folder = new TempFolder();
        var path = folder.Combine("steps.pack");
        var pageBytes = (rawBytes - PackPart.Bytes - LogRecordHeader.TableBytes(pages)) / pages;
        var part = new PackPart(1, 0, 1, 1, (uint)pageBytes, (uint)pages, Continues: false);
        var body = new byte[part.BodyBytes];
        new Random(rawBytes).NextBytes(body.AsSpan(0, body.Length / 2));
        using (var writer = new PackWriter(path, new PackHeader(PackLevel.Commits, 1, default, default)))
        {
            foreach (var kind in (ReadOnlySpan<PackEntryKind>)[PackEntryKind.Commits, PackEntryKind.Snapshot, PackEntryKind.Commits])
            {
                writer.Begin(DatabaseId.NewRandom(), kind, epoch: 1);
                writer.Add(part, body);
            }

            writer.Finish();
        }

        using var pack = PackReader.Open(path);
        var buffer = new BlockBuffer();
        Assert.Equal(3, pack.ReadIndex().Count());
        foreach (var entry in pack.ReadIndex())
        {
            var block = pack.ReadBlock(entry, buffer).Span;
            _ = PackPart.Take(ref block, out var read);
            Assert.True(read.SequenceEqual(body) && block.IsEmpty);
            Assert.Equal(rawBytes, entry.RawBytes);
        }

        buffer.Return();
    }

    [Fact]
    public void A_block_of_an_older_version_is_read_from_the_pack_that_it_was_copied_into()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.Combine(GoldenPack.Name), GoldenPack.Read(version: 1));
        using var older = PackReader.Open(folder.Combine(GoldenPack.Name));
        var buffer = new BlockBuffer();
        using (var writer = new PackWriter(folder.Combine("newer.pack"), older.Header))
        {
            foreach (var entry in older.ReadIndex())
            {
                writer.Copy(entry, older.ReadStored(entry, buffer).Span);
            }

            var part = new PackPart(10, 9, 1, 1, 512, 1, Continues: false);
            writer.Begin(DatabaseId.NewRandom(), PackEntryKind.Commits, epoch: 3);
            writer.Add(part, new byte[part.BodyBytes]);
            writer.Finish();
        }

        using var newer = PackReader.Open(folder.Combine("newer.pack"));
        Assert.Equal(3, newer.ReadIndex().Count());
        foreach (var entry in newer.ReadIndex().Reverse())
        {
            // One buffer for both codecs, in turns.
            var raw = newer.ReadBlock(entry, buffer).ToArray();
            var same = older.Find(entry.Database).SingleOrDefault();
            Assert.Equal(same is null ? raw : older.ReadBlock(same).ToArray(), raw);
            Assert.Equal(entry.RawBytes, raw.Length);
        }

        buffer.Return();
    }

    [Theory]
    [MemberData(nameof(GoldenPack.Versions), MemberType = typeof(GoldenPack))]
    public void Every_changed_byte_that_is_read_is_noticed(int version)
    {
        using var folder = new TempFolder();
        var golden = GoldenPack.Read(version);
        var unnoticed = new List<int>();
        for (var offset = 0; offset < golden.Length; offset++)
        {
            var bytes = golden.ToArray();
            bytes[offset] ^= 0x40;
            var path = folder.Combine("damaged.pack");
            File.WriteAllBytes(path, bytes);
            try
            {
                using var pack = PackReader.Open(path);
                foreach (var entry in pack.ReadIndex())
                {
                    _ = pack.ReadBlock(entry);
                }

                unnoticed.Add(offset);
            }
            catch (EngineException error)
            {
                Assert.Equal(EngineErrorKind.Corruption, error.Kind);
                Assert.Contains("damaged.pack", error.Message, StringComparison.Ordinal);
            }
        }

        Assert.Empty(unnoticed);
    }

    [Fact]
    public void What_lies_beyond_a_commit_is_not_decompressed_but_verified()
    {
        const int Commits = 50;
        using var folder = new TempFolder();
        var path = folder.Combine("some.pack");
        var random = new Random(1);
        using (var writer = new PackWriter(path, new PackHeader(PackLevel.Commits, 1, default, default)))
        {
            writer.Begin(GoldenLog.Database, PackEntryKind.Commits, 1, PackEntryFlags.Born);
            for (var number = 1ul; number <= Commits; number++)
            {
                var part = new PackPart(number, number - 1, (long)number, 40, 4096, 20, Continues: false);
                var body = new byte[part.BodyBytes];
                random.NextBytes(body);
                writer.Add(part, body);
            }

            writer.Finish();
        }

        PackEntry entry;
        using (var pack = PackReader.Open(path))
        {
            entry = Assert.Single(pack.Find(GoldenLog.Database));
            var whole = pack.ReadBlock(entry).ToArray();
            var buffer = new BlockBuffer();
            for (var until = 0ul; until <= Commits + 1; until++)
            {
                var wanted = until;
                var some = pack.ReadBlock(entry, buffer, part => part.Number > wanted);
                var kept = (int)Math.Min(until, Commits);
                Assert.True(some.Span.SequenceEqual(whole.AsSpan(0, whole.Length / Commits * kept)));
                Assert.Equal(kept, pack.ReadParts(entry, part => part.Number > wanted).Count);
            }
        }

        var bytes = File.ReadAllBytes(path);
        bytes[entry.Offset + entry.StoredBytes - 1] ^= 1;
        File.WriteAllBytes(path, bytes);
        using var damaged = PackReader.Open(path);
        Assert.Throws<PackDamagedException>(() => damaged.ReadBlock(entry, new BlockBuffer(), static part => part.Number > 1));
    }

    [Fact]
    public void An_index_in_memory_finds_what_the_file_has_and_is_not_made_of_a_damaged_one()
    {
        using var folder = new TempFolder();
        var path = folder.Combine("some.pack");
        var ids = Enumerable.Range(0, 40).Select(static _ => DatabaseId.NewRandom()).ToArray();
        using (var writer = new PackWriter(path, new PackHeader(PackLevel.Commits, 1, default, default)))
        {
            for (var index = 0; index < ids.Length; index++)
            {
                for (var block = 0; block < index % 4; block++)
                {
                    var part = new PackPart((ulong)block + 1, (ulong)block, 1, 1, 4096, 1, Continues: false);
                    writer.Begin(ids[index], PackEntryKind.Commits, 1);
                    writer.Add(part, new byte[part.BodyBytes]);
                }
            }

            writer.Finish();
        }

        using (var pack = PackReader.Open(path))
        {
            var known = pack.LoadIndex()!;
            Assert.All(ids, id => Assert.Equal(
                pack.Find(id).Select(static entry => (entry.First, entry.Offset)), known.Find(id).Select(static entry => (entry.First, entry.Offset))));
            Assert.Equal(known.Length / PackEntry.Bytes, ids.Sum(id => known.Find(id).Count()));
        }

        var bytes = File.ReadAllBytes(path);
        bytes[^(PackFooter.Bytes + 1)] ^= 1;
        File.WriteAllBytes(path, bytes);
        using var damaged = PackReader.Open(path);
        Assert.Null(damaged.LoadIndex());
    }

    [Fact]
    public void Indexes_in_memory_are_bounded_and_the_oldest_goes_first()
    {
        var one = PackIndex.TryRead([])!;
        var indexes = new PackIndexes();
        var large = new byte[PackIndexes.BytesMax / 4 / PackEntry.Bytes * PackEntry.Bytes];
        for (var offset = 0; offset < large.Length; offset += PackEntry.Bytes)
        {
            BitConverter.TryWriteBytes(large.AsSpan(offset + 124), Crc32C.Append(0, large.AsSpan(offset, 124)));
        }

        indexes.Add("small", one);
        for (var pack = 0; pack < 5; pack++)
        {
            indexes.Add($"{pack}", PackIndex.TryRead(large)!);
        }

        Assert.Null(indexes.Find("small"));
        Assert.Null(indexes.Find("0"));
        Assert.All(Enumerable.Range(1, 4), pack => Assert.NotNull(indexes.Find($"{pack}")));
    }

    [Theory]
    [InlineData(4 * 1024, 4 * 1024 * 1024)]
    [InlineData(1024 * 1024, 16 * 1024 * 1024)]
    [InlineData(2 * 1024 * 1024, 32 * 1024 * 1024)]
    [InlineData(16 * 1024 * 1024, 32 * 1024 * 1024)]
    [InlineData(100 * 1024 * 1024, 100 * 1024 * 1024)]
    public void A_snapshot_is_due_when_changes_outgrow_the_database(long databaseBytes, long rawBytesMax) =>
        Assert.Equal(rawBytesMax, DatabaseChain.RawBytesMax(databaseBytes));

    [Fact]
    public void A_cut_missing_or_newer_pack_is_refused_by_name()
    {
        using var folder = new TempFolder();
        var path = folder.Combine("a.pack");
        Assert.Contains("a.pack", Assert.Throws<PackDamagedException>(() => PackReader.Open(path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, GoldenPack.Read()[..^1]);
        Assert.Contains("a.pack", Assert.Throws<PackDamagedException>(() => PackReader.Open(path)).Message, StringComparison.Ordinal);
        var newer = GoldenPack.Read();
        newer[8] = (byte)(PackHeader.Version + 1);
        BitConverter.TryWriteBytes(newer.AsSpan(60), Crc32C.Append(0, newer.AsSpan(0, 60)));
        File.WriteAllBytes(path, newer);
        Assert.Contains($"version {PackHeader.Version + 1}", Assert.Throws<EngineException>(() => PackReader.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_reads_back_as_it_was_written_and_a_changed_one_is_refused()
    {
        var manifest = new HistoryManifest(new LogPosition(2, 8192), 7, 1_767_323_045_000_000,
            [new PackInfo(GoldenPack.Name, 1234, 5, 6), new PackInfo("b.pack", 1, -1, 0)]);
        var text = manifest.ToString();

        Assert.Equal(text, HistoryManifest.Parse(text).ToString());
        Assert.Equal(manifest.Packs, HistoryManifest.Parse(text).Packs);
        for (var index = 0; index < text.Length; index++)
        {
            var changed = text[..index] + (text[index] == '0' ? '1' : '0') + text[(index + 1)..];
            Assert.Throws<FormatException>(() => HistoryManifest.Parse(changed));
        }
    }

    [Fact]
    public void A_large_database_gets_several_blocks_and_a_large_commit_spans_them()
    {
        using var folder = new TempFolder();
        var path = folder.Combine("large.pack");
        var random = new Random(1);
        var body = new byte[LogRecordHeader.TableBytes(255) + 255 * 4096];
        const int Parts = 40;
        using (var writer = new PackWriter(path, new PackHeader(PackLevel.Commits, 1, default, default)))
        {
            writer.Begin(GoldenLog.Database, PackEntryKind.Commits, 1, PackEntryFlags.Born);
            for (var part = 0; part < Parts; part++)
            {
                random.NextBytes(body);
                writer.Add(new PackPart(1, 0, 1, 10_200, 4096, 255, part < Parts - 1), body);
            }

            writer.Finish();
        }

        using var pack = PackReader.Open(path);
        var entries = pack.Find(GoldenLog.Database);
        Assert.Equal(8, entries.Count);
        Assert.Equal([PackEntryFlags.Born | PackEntryFlags.ContinuesAfter, .. Enumerable.Repeat(PackEntryFlags.ContinuesBefore | PackEntryFlags.ContinuesAfter, 6), PackEntryFlags.ContinuesBefore], entries.Select(static entry => entry.Flags & ~PackEntryFlags.Zstandard));
        random = new Random(1);
        foreach (var entry in entries)
        {
            var block = pack.ReadBlock(entry).Span;
            while (!block.IsEmpty)
            {
                _ = PackPart.Take(ref block, out var read);
                random.NextBytes(body);
                Assert.True(read.SequenceEqual(body));
            }
        }
    }
}
