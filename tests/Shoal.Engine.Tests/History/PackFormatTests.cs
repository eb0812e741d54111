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

    [Fact]
    public void The_committed_pack_is_read()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.Combine(GoldenPack.Name), GoldenPack.Read());
        using var pack = PackReader.Open(folder.Combine(GoldenPack.Name));

        Assert.Equal((PackLevel.Commits, 1u), (pack.Header.Level, pack.Header.LogEpoch));
        Assert.Equal(GoldenPack.Name, HistoryFolder.NameOf(1, pack.Header));
        Assert.Equal(2, pack.ReadIndex().Count());
        var entry = Assert.Single(pack.Find(GoldenLog.Database));
        Assert.Equal((PackEntryKind.Commits, PackEntryFlags.Born), (entry.Kind, entry.Flags));
        Assert.Equal((3u, 0ul, 1ul, 2ul, 3u), (entry.Epoch, entry.Follows, entry.First, entry.Last, entry.SizeAfterPages));
        ReadOnlySpan<byte> block = pack.ReadBlock(entry);
        var numbers = new List<(ulong, bool, byte)>();
        while (!block.IsEmpty)
        {
            var part = PackPart.Take(ref block, out var body);
            numbers.Add((part.Number, part.Continues, body[^1]));
        }

        Assert.Equal([(1, false, 0x12), (2, true, 0x22), (2, false, 0x23)], numbers);
        Assert.Empty(pack.Find(DatabaseId.NewRandom()));
    }

    [Fact]
    public void Every_changed_byte_that_is_read_is_noticed()
    {
        using var folder = new TempFolder();
        var golden = GoldenPack.Read();
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
    public void A_cut_missing_or_newer_pack_is_refused_by_name()
    {
        using var folder = new TempFolder();
        var path = folder.Combine("a.pack");
        Assert.Contains("a.pack", Assert.Throws<PackDamagedException>(() => PackReader.Open(path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, GoldenPack.Read()[..^1]);
        Assert.Contains("a.pack", Assert.Throws<PackDamagedException>(() => PackReader.Open(path)).Message, StringComparison.Ordinal);
        var newer = GoldenPack.Read();
        newer[8] = 2;
        BitConverter.TryWriteBytes(newer.AsSpan(60), Crc32C.Append(0, newer.AsSpan(0, 60)));
        File.WriteAllBytes(path, newer);
        Assert.Contains("version 2", Assert.Throws<EngineException>(() => PackReader.Open(path)).Message, StringComparison.Ordinal);
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
        Assert.Equal(3, entries.Count);
        Assert.Equal([PackEntryFlags.Born | PackEntryFlags.ContinuesAfter, PackEntryFlags.ContinuesBefore | PackEntryFlags.ContinuesAfter,
            PackEntryFlags.ContinuesBefore], entries.Select(static entry => entry.Flags));
        random = new Random(1);
        foreach (var entry in entries)
        {
            ReadOnlySpan<byte> block = pack.ReadBlock(entry);
            while (!block.IsEmpty)
            {
                _ = PackPart.Take(ref block, out var read);
                random.NextBytes(body);
                Assert.True(read.SequenceEqual(body));
            }
        }
    }
}
