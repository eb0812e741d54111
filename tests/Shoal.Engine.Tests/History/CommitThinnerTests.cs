using System.Buffers.Binary;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>
/// Goal: of commits of any number of parts the last of each minute stays, and each state that stays is one that there was.
/// Method: random commits on a model of pages; what comes out is applied to another one.
/// </summary>
public sealed class CommitThinnerTests
{
    private const int PageBytes = 512;
    private static readonly DatabaseId Id = new(Guid.Parse("00000000-0000-0000-0000-000000000001"));

    [Fact]
    public void Large_commits_of_a_minute_become_one()
    {
        var random = new Random(1);
        var model = new Model();
        var commits = Enumerable.Range(1, 10).Select(number => model.Next(random, (ulong)number, time: number, pages: 700)).ToArray();
        var kept = Thin(commits, pagesMax: 16 * 1024, isKnown: static number => number == 4);
        Assert.Equal([4ul, 10ul], kept.Select(static state => state.Number));
        Assert.Equal(commits[3].State, kept[0].State);
        Assert.Equal(commits[9].State, kept[1].State);
    }

    [Theory]
    [InlineData(1, 16 * 1024)]
    [InlineData(2, 16 * 1024)]
    [InlineData(3, 900)]
    [InlineData(4, 900)]
    [InlineData(5, 400)]
    [InlineData(6, 100)]
    [InlineData(7, 0)]
    public void What_is_left_is_the_last_of_each_minute_and_what_is_known_and_right(int seed, int pagesMax)
    {
        for (var round = 0; round < 30; round++)
        {
            var random = new Random(seed * 1_000 + round);
            var model = new Model();
            var time = 0L;
            var commits = new List<Commit>();
            for (ulong number = 1; number <= 40; number++)
            {
                time += random.Next(25_000_000);
                commits.Add(model.Next(random, number, time, random.Next(4) == 0 ? random.Next(1, 900) : random.Next(0, 20)));
            }

            var known = commits.Where(_ => random.Next(10) == 0).Select(static commit => commit.Number).ToHashSet();
            var kept = Thin(commits, pagesMax, known.Contains);
            var where = $"seed {seed}, round {round}";
            var must = commits.Where((commit, index) => known.Contains(commit.Number) || index == commits.Count - 1
                || commits[index + 1].Minute != commit.Minute).Select(static commit => commit.Number).ToArray();
            var numbers = kept.Select(static state => state.Number).ToArray();
            Assert.True(must.All(numbers.Contains), $"{where}: {string.Join(' ', must.Except(numbers))} are missing");
            Assert.Equal(numbers.Order(), numbers);
            if (pagesMax > 10_000)
            {
                Assert.Equal(must, numbers);
            }

            foreach (var (number, state) in kept)
            {
                Assert.True(commits[(int)number - 1].State == state, $"{where}: commit {number} is not what it was");
            }
        }
    }

    [Fact]
    public void A_commit_without_its_end_is_damage_and_not_put_together()
    {
        using var folder = new TempFolder();
        var random = new Random(2);
        var model = new Model();
        var commits = new[] { model.Next(random, 1, time: 1, pages: 10), model.Next(random, 2, time: 2, pages: 600) };
        Write(folder.Combine("in.pack"), writer =>
        {
            foreach (var (part, body) in commits.SelectMany(static commit => commit.Parts).SkipLast(1))
            {
                writer.Add(part, body);
            }
        });
        using var reader = PackReader.Open(folder.Combine("in.pack"));
        using var output = new PackWriter(folder.Combine("out.pack"), new PackHeader(PackLevel.Daily, 1, default, default));
        var merger = new CommitMerger(output, new BlockBuffer(), new PageImages(), new KnownBookmarks(null!));
        var error = Assert.Throws<PackDamagedException>(
            () => merger.Write(Id, [.. reader.ReadIndex().Select(entry => (reader, entry))]));
        Assert.Contains("the end of commit 2 is missing", error.Message, StringComparison.Ordinal);
    }

    private static List<(ulong Number, string State)> Thin(IReadOnlyList<Commit> commits, int pagesMax, Func<ulong, bool> isKnown)
    {
        using var folder = new TempFolder();
        var path = folder.Combine("out.pack");
        Write(path, writer =>
        {
            var thinner = new CommitThinner(writer, new PageImages(), isKnown) { PagesMax = pagesMax };
            foreach (var commit in commits)
            {
                foreach (var (index, (part, body)) in commit.Parts.Index())
                {
                    thinner.Add(part, body, isFirst: index == 0);
                }
            }

            thinner.End();
        });

        var states = new List<(ulong, string)>();
        var pages = new Model();
        var last = 0ul;
        using var reader = PackReader.Open(path);
        foreach (var entry in reader.ReadIndex())
        {
            var block = reader.ReadBlock(entry).Span;
            while (!block.IsEmpty)
            {
                var part = PackPart.Take(ref block, out var body);
                Assert.Equal(last, part.Follows);
                Assert.InRange(part.PageCount, 0u, 255u);
                pages.Apply(part, body);
                if (!part.Continues)
                {
                    states.Add((part.Number, pages.ToString()));
                    last = part.Number;
                }
            }
        }

        return states;
    }

    private static void Write(string path, Action<PackWriter> write)
    {
        using var writer = new PackWriter(path, new PackHeader(PackLevel.Hourly, 1, default, default));
        writer.Begin(Id, PackEntryKind.Commits, epoch: 1);
        write(writer);
        writer.Finish();
    }

    private sealed record Commit(ulong Number, long Time, IReadOnlyList<(PackPart Part, byte[] Body)> Parts, string State)
    {
        public long Minute => Time / 60_000_000;
    }

    /// <summary>A database as it is in the end: its size, and of each page which commit and part wrote it last.</summary>
    private sealed class Model
    {
        private readonly SortedDictionary<uint, ulong> _pages = [];
        private uint _size;
        private ulong _version;

        /// <summary>Makes a commit, in parts as the log has them, in which a page may come twice.</summary>
        public Commit Next(Random random, ulong number, long time, int pages)
        {
            var size = _size == 0 || random.Next(3) == 0 ? (uint)random.Next(1, 1_000) : _size;
            var changed = Enumerable.Range(0, pages).Select(_ => (uint)random.Next(1, (int)size + 1)).ToList();

            // Whatever is new is written.
            for (var page = _size + 1; page <= size; page++)
            {
                changed.Insert(random.Next(changed.Count + 1), page);
            }

            var chunks = changed.Count == 0 ? [[]] : changed.Chunk(255).Select(static chunk => chunk.Distinct().ToArray()).ToArray();
            var parts = new List<(PackPart, byte[])>();
            foreach (var (index, chunk) in chunks.Index())
            {
                // Parts are a little older than the commit, which has the time of its last.
                var part = new PackPart(number, number - 1, time - (chunks.Length - 1 - index) * 20_000_000L, size, PageBytes, (uint)chunk.Length,
                    Continues: index < chunks.Length - 1);
                var table = LogRecordHeader.TableBytes(chunk.Length);
                var body = new byte[table + chunk.Length * PageBytes];
                foreach (var (place, page) in chunk.Index())
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(place * sizeof(uint)), page);
                    BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(table + place * PageBytes), ++_version);
                }

                parts.Add((part, body));
                Apply(part, body);
            }

            return new Commit(number, time, parts, ToString());
        }

        public void Apply(in PackPart part, ReadOnlySpan<byte> body)
        {
            _size = part.SizeAfterPages;
            foreach (var page in _pages.Keys.Where(page => page > _size).ToArray())
            {
                _pages.Remove(page);
            }

            var table = LogRecordHeader.TableBytes((int)part.PageCount);
            for (var index = 0; index < part.PageCount; index++)
            {
                var image = body.Slice(table + index * (int)part.PageBytes, (int)part.PageBytes);
                Assert.InRange(LogRecordHeader.PageNumber(body, index), 1u, _size);
                _pages[LogRecordHeader.PageNumber(body, index)] = BinaryPrimitives.ReadUInt64LittleEndian(image);
            }
        }

        public override string ToString() => $"{_size}: {string.Join(' ', _pages)}";
    }
}
