using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.Client.Tests.Batching;

namespace Shoal.Client.Tests.Buffering;

/// <summary>Goal: a spool loses nothing and doubles nothing. Method: copies of its folder while it is open, as a kill leaves it.</summary>
public sealed class SpoolTests
{
    private static readonly TableMap<Item> Map = WriterFixture.Map;

    [Fact]
    public async Task What_was_not_settled_is_sent_first_when_the_spool_is_opened_again()
    {
        using var folder = new TempFolder();
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        var buffer = await OpenAsync(test.Client, folder.Combine("a"));
        await AddAsync(buffer, 0, 10);
        Copy(folder, "a", "b");
        Assert.False((await buffer.CloseAsync(TimeSpan.Zero)).IsInTime);
        test.Gate.Release();
        await using var again = await OpenAsync(test.Direct, folder.Combine("b"));
        await AddAsync(again, 10, 5);
        Assert.Equal(15, (await again.FlushAsync()).Applied);
        Assert.Equal(Enumerable.Range(0, 15).Select(id => (long)id), await test.IdsAsync());

        // The first one kept its items too, and finds out that they are there.
        await using var first = await OpenAsync(test.Direct, folder.Combine("a"));
        Assert.Equal(0, first.Stats.Submitted);
    }

    [Fact]
    public async Task A_batch_of_before_a_crash_that_arrives_late_is_not_written_again_nor_takes_others_with_it()
    {
        using var folder = new TempFolder();
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        var crashed = await OpenAsync(test.Client, folder.Combine("a"), rows: 3);
        await AddAsync(crashed, 0, 10);
        await test.Gate.WhenInFlightAsync(1);
        Copy(folder, "a", "b");
        await using var again = await OpenAsync(test.Direct, folder.Combine("b"), rows: 500);

        // Three rows arrive after the databases were asked what they have; nothing else of the crashed writer does.
        test.Gate.Refuse = (_, _) => HttpStatusCode.Unauthorized;
        test.Gate.Release();
        await crashed.CloseAsync(TimeSpan.FromMinutes(1));
        Assert.Equal([0, 1, 2], await test.IdsAsync());
        Assert.Equal(10, (await again.FlushAsync()).Applied);
        Assert.Equal(Enumerable.Range(0, 10).Select(id => (long)id), await test.IdsAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    public async Task A_record_that_was_cut_off_is_cut_off_and_those_before_it_stay(int cut)
    {
        using var folder = new TempFolder();
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        var buffer = await OpenAsync(test.Client, folder.Combine("a"));
        await AddAsync(buffer, 0, 10);
        Copy(folder, "a", "b");
        await buffer.CloseAsync(TimeSpan.Zero);
        test.Gate.Release();
        var path = Directory.GetFiles(folder.Combine("b"), "*.spool").Single();
        await using (var file = File.OpenWrite(path))
        {
            file.SetLength(file.Length - cut);
        }

        await using var again = await OpenAsync(test.Direct, folder.Combine("b"));
        Assert.Equal(9, (await again.FlushAsync()).Applied);
        await AddAsync(again, 9, 1);
        Assert.Equal(1, (await again.FlushAsync()).Applied);
        Assert.Equal(10, (await test.IdsAsync()).Count);
    }

    [Fact]
    public async Task Damage_in_the_middle_and_a_folder_in_use_are_refused_with_a_hint()
    {
        using var folder = new TempFolder();
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        var buffer = await OpenAsync(test.Client, folder.Combine("a"));
        await AddAsync(buffer, 0, 10);
        var inUse = await Assert.ThrowsAsync<IOException>(() => OpenAsync(test.Direct, folder.Combine("a")));
        Assert.Contains("Hint: give each buffer a folder of its own", inUse.Message, StringComparison.Ordinal);
        Copy(folder, "a", "b");
        await buffer.CloseAsync(TimeSpan.Zero);
        var path = Directory.GetFiles(folder.Combine("b"), "*.spool").Single();
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[60] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        var damaged = await Assert.ThrowsAsync<IOException>(() => OpenAsync(test.Direct, folder.Combine("b")));
        Assert.Contains("is damaged at offset 40. Hint:", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_go_when_their_items_are_settled()
    {
        using var folder = new TempFolder();
        await using var test = await WriterFixture.StartAsync(TimeProvider.System);
        await using var buffer = await OpenAsync(test.Client, folder.Combine("a"), flush: true);
        var text = new string('x', 1_000_000);
        for (var id = 0; id < 40; id++)
        {
            await buffer.AddAsync(new Item(id, text));
            if (id % 10 == 9)
            {
                await buffer.FlushAsync();
            }
        }

        var size = Directory.GetFiles(folder.Combine("a"), "*.spool").Sum(file => new FileInfo(file).Length);
        Assert.InRange(size, 40, 18_000_000);
        Assert.Equal(40, (await test.IdsAsync()).Count);
    }

    [Fact]
    public async Task Dead_letters_whose_last_line_was_cut_off_are_read_up_to_it_and_the_file_gets_shorter_again()
    {
        using var folder = new TempFolder();
        var path = folder.Combine("letters");
        using (var store = new FileDeadLetterStore(path))
        {
            await store.AddAsync([.. Enumerable.Range(0, 2_000).Select(Letter)]);
        }

        await using (var file = File.OpenWrite(path))
        {
            file.SetLength(file.Length - 3);
        }

        using var again = new FileDeadLetterStore(path);
        var letters = await again.ListAsync().ToListAsync();
        Assert.Equal(Enumerable.Range(0, 1_999).Select(index => $"letter-{index}"), letters.Select(letter => letter.Id));
        Assert.Equal(Letter(7).Columns, letters[7].Columns);
        var before = new FileInfo(path).Length;
        Assert.Equal(1_900, await again.RemoveAsync([.. letters.Take(1_900).Select(letter => letter.Id), "unknown"]));
        Assert.InRange(new FileInfo(path).Length, 1, before / 10);
        Assert.Equal(99, (await again.ListAsync().ToListAsync()).Count);
    }

    private static DeadLetter Letter(int index) => new()
    {
        Id = $"letter-{index}", Database = "shop", Table = "items", Status = Client.Batching.ItemStatus.Rejected,
        ErrorKind = ShoalErrorKind.Constraint, Error = new string('e', 500), Mode = "Insert",
        FirstAt = DateTimeOffset.UnixEpoch, LastAt = DateTimeOffset.UnixEpoch,
        Columns =
        [
            new("id", index, true), new("a", 1.0, false), new("b", new byte[] { 0, 255 }, false), new("c", SqlValue.Null, false),
            new("d", "line\n\"quoted\" 日本", false), new("e", double.PositiveInfinity, false),
        ],
    };

    private static Task<WriteBuffer<Item>> OpenAsync(ShoalClient client, string folder, int rows = 500, bool flush = false) =>
        WriteBuffer.OpenAsync(client, item => item.Database, Map, WriteMode.Insert, new WriteBufferOptions<Item>
        {
            BatchRowsMax = rows, Linger = TimeSpan.FromMinutes(1), SpoolFolder = folder, SpoolFlush = flush, CloseAtExit = false,
            SpoolType = (JsonTypeInfo<Item>)new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() }.GetTypeInfo(typeof(Item)),
        });

    private static async Task AddAsync(WriteBuffer<Item> buffer, int from, int count)
    {
        foreach (var id in Enumerable.Range(from, count))
        {
            await buffer.AddAsync(new Item(id));
        }
    }

    private static void Copy(TempFolder folder, string from, string to)
    {
        Directory.CreateDirectory(folder.Combine(to));
        foreach (var file in Directory.GetFiles(folder.Combine(from), "*.spool"))
        {
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var target = File.Create(Path.Combine(folder.Combine(to), Path.GetFileName(file)));
            source.CopyTo(target);
        }
    }
}
