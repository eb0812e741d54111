using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Items.Tests.Types;

public sealed class ValueStoreTests
{
    [Fact]
    public async Task Operations_on_one_key_that_run_at_once_lose_nothing()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        const int Writers = 16;
        const int Each = 50;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var index = 0; index < Each; index++)
            {
                await fixture.WriteAsync(Lists.PushRight("list", $"{writer}/{index}"));
                await fixture.WriteAsync(Strings.Increment("number"));
                await fixture.WriteAsync(Hashes.Increment("hash", $"f{index % 3}"));
                await fixture.WriteAsync(JsonDocuments.Merge("json", $$"""{"w{{writer}}-{{index}}":1}"""));
                await fixture.WriteAsync(Streams.Add("stream", new ItemBuilder().Add("w", writer).Build()));
                await fixture.WriteAsync(SortedSets.Increment("scores", $"m{index % 5}"));
            }
        }));

        const int All = Writers * Each;
        var list = (await fixture.ReadAsync(Lists.Range("list"))).Select(value => value.AsText).ToList();
        Assert.Equal(All, list.Distinct(StringComparer.Ordinal).Count());
        Assert.All(Enumerable.Range(0, Writers), writer => Assert.Equal(Enumerable.Range(0, Each).Select(index => $"{writer}/{index}"),
            list.Where(text => text.StartsWith($"{writer}/", StringComparison.Ordinal))));
        Assert.Equal($"{All}", await fixture.ReadAsync(Strings.GetText("number")));
        Assert.Equal(All, (await fixture.ReadAsync(Hashes.GetAll("hash"))).Elements.Sum(pair => pair.Value.AsNumber.ToInteger()));
        Assert.Equal(All, await fixture.ReadAsync(JsonDocuments.Count("json")));
        Assert.Equal(All, await fixture.ReadAsync(Streams.Count("stream")));
        Assert.Equal(All, (await fixture.ReadAsync(SortedSets.RangeByScore("scores"))).Sum(member => member.Score.ToInteger()));
    }

    [Fact]
    public async Task A_queue_with_many_takers_gives_each_element_once()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        string[] jobs = [.. Enumerable.Range(0, 200).Select(index => $"job {index}")];
        await fixture.WriteAsync(Lists.PushRight("queue", jobs));
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(async taker =>
        {
            var mine = new List<string>();
            while (await fixture.WriteAsync(Lists.Move("queue", ListEnd.Left, $"taken by {taker}", ListEnd.Right)) is { } job)
            {
                mine.Add(job.AsText);
            }

            return mine;
        }));
        Assert.Equal(jobs.Order(StringComparer.Ordinal), taken.SelectMany(mine => mine).Order(StringComparer.Ordinal));
        Assert.False(await fixture.ReadAsync(Keys.Exists("queue")));
    }

    [Fact]
    public async Task A_batch_of_all_kinds_is_applied_whole_or_not_at_all()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        List<ValueWrite> writes =
        [
            Strings.Set("s", "text"), Hashes.Set("h", "f", "v"), Lists.PushRight("l", "a", "b"), Sets.Add("set", "m"),
            SortedSets.Add("z", "m", 5), JsonDocuments.Set("j", "{}"), Streams.Add("x", new ItemBuilder().Add("a", 1).Build()),
            TimeSeries.Add("t", DateTimeOffset.UnixEpoch, ItemNumber.FromInteger(1)), Geo.Add("g", "here", new GeoPoint(1, 2)),
            Strings.Increment("n", 2), Strings.Increment("n", 3),
        ];
        var error = await Assert.ThrowsAsync<ItemException>(() => fixture.Values.WriteAsync([.. writes, Sets.Add("l", "x")]));
        Assert.Contains("write 12 of 12 was refused, so none is applied: the key \"l\" holds a List, not a Set", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("Keys.Delete", error.Hint, StringComparison.Ordinal);
        Assert.Equal(0, await fixture.CountRowsAsync());

        var results = await fixture.Values.WriteAsync(writes);
        Assert.All(results, result => Assert.True(result.IsApplied));
        Assert.Equal([true, true, 2L, 1L, 1L], results.Take(5).Select(result => result.Value));
        Assert.Equal(ItemNumber.FromInteger(5), results[^1].Value);
        Assert.Equal(["g", "h", "j", "l", "n", "s", "set", "t", "x", "z"], (await fixture.ReadAsync(Keys.List())).Elements);
        Assert.Equal(["l"], (await fixture.ReadAsync(Keys.List(kind: ValueKind.List))).Elements);
        Assert.Equal(["s", "set"], (await fixture.ReadAsync(Keys.List("s"))).Elements);
    }

    [Fact]
    public async Task A_batch_of_independent_writes_says_which_was_refused()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        var results = await fixture.Values.WriteAsync(
            [Strings.Set("a", "text"), Strings.Increment("a"), Lists.Push("a", ListEnd.Left, [AttributeValue.Null]), Strings
                .Append("a", "!")],
            BatchMode.Each);
        Assert.Equal([true, false, false, true], results.Select(result => result.IsApplied));
        Assert.Contains("no number", results[1].Error!.Message, StringComparison.Ordinal);
        Assert.Equal("text!", await fixture.ReadAsync(Strings.GetText("a")));
    }

    [Fact]
    public async Task A_key_ends_at_its_time_and_its_elements_never_come_back()
    {
        var time = new ManualTimeProvider();
        await using var fixture = await ValuesFixture.StartAsync(time);
        await fixture.WriteAsync(Sets.Add("short", "a", "b"));
        Assert.True(await fixture.WriteAsync(Keys.Expire("short", TimeSpan.FromMilliseconds(1500))));
        await fixture.WriteAsync(Strings.Set("session", "x", TimeSpan.FromSeconds(1)));
        await fixture.WriteAsync(Strings.Set("kept", "x", TimeSpan.FromSeconds(1)));
        Assert.True(await fixture.WriteAsync(Keys.Persist("kept")));
        Assert.Equal(TimeSpan.FromMilliseconds(1500), await fixture.ReadAsync(Keys.TimeToLive("short")));

        time.Advance(TimeSpan.FromMilliseconds(1499));
        Assert.Equal(2, await fixture.ReadAsync(Sets.Count("short")));
        Assert.False(await fixture.ReadAsync(Keys.Exists("session")));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, await fixture.ReadAsync(Sets.Count("short")));
        Assert.Equal(["kept"], (await fixture.ReadAsync(Keys.List())).Elements);

        Assert.Equal(1, await fixture.WriteAsync(Sets.Add("short", "c")));
        Assert.Null(await fixture.ReadAsync(Keys.TimeToLive("short")));
        Assert.Equal(["c"], (await fixture.ReadAsync(Sets.GetAll("short"))).Elements);
        await fixture.Values.MaintainAsync();
        Assert.Equal(3, await fixture.CountRowsAsync());
    }

    [Fact]
    public async Task A_large_value_is_gone_at_once_and_its_rows_soon()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        string[] members = [.. Enumerable.Range(0, 3000).Select(index => $"member {index}")];
        await fixture.WriteAsync(SortedSets.Add("big", [.. members.Select((member, index) => new ScoredMember(member, index))]));
        Assert.Equal(3000, await fixture.ReadAsync(SortedSets.Count("big")));
        Assert.True(await fixture.WriteAsync(Keys.Delete("big")));
        Assert.Equal(0, await fixture.ReadAsync(SortedSets.Count("big")));
        await fixture.WriteAsync(Sets.Add("big", "new"));
        await fixture.Values.MaintainAsync();
        Assert.Equal(2, await fixture.CountRowsAsync());
        Assert.Equal(["new"], (await fixture.ReadAsync(Sets.GetAll("big"))).Elements);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ValueLimits.KeyBytesMax + 1)]
    public void A_key_that_is_empty_or_too_long_is_refused(int length) =>
        Assert.Contains("1 to 1000 bytes", Assert.Throws<ItemException>(() => Strings.Get(new string('k', length))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Bounds_are_kept_and_said()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        var longest = new string('m', ValueLimits.MemberBytesMax);
        var key = new string('k', ValueLimits.KeyBytesMax);
        await fixture.WriteAsync(SortedSets.Add(key, [new ScoredMember(longest,
            ItemNumber.Parse("-1234567890123456789.0123456789012345678"))]));
        await fixture.WriteAsync(Keys.Expire(key, TimeSpan.FromHours(1)));
        Assert.Equal(longest, Assert.Single(await fixture.ReadAsync(SortedSets.RangeByRank(key))).Member);

        Assert.Throws<ItemException>(() => Sets.Add("s", longest + "m"));
        Assert.Throws<ItemException>(() => Sets.Add("s", "half \ud83d"));
        Assert.Throws<ItemException>(() => Sets.Add("s", []));
        Assert.Throws<ItemException>(() => Sets.GetAll("s", limit: ValueLimits.ElementsMax + 1));
        await Assert.ThrowsAsync<ItemException>(() => fixture.Values.WriteAsync([]));
        var error = await Assert.ThrowsAsync<ItemException>(() => fixture.WriteAsync(Strings.Set("big", new string('x', 500_000))));
        Assert.Contains("more than the 409600", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, await fixture.WriteAsync(Strings.Append("small", "ab")));
    }

    [Fact]
    public async Task Strings_are_set_by_condition_exchanged_and_added_to_exactly()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        Assert.False(await fixture.WriteAsync(Strings.Set("s", "a", when: WriteWhen.Present)));
        Assert.True(await fixture.WriteAsync(Strings.Set("s", "9007199254740993", when: WriteWhen.Absent)));
        Assert.False(await fixture.WriteAsync(Strings.Set("s", "b", when: WriteWhen.Absent)));
        Assert.Equal("9007199254740994.1", (await fixture.WriteAsync(Strings.Increment("s", ItemNumber.Parse("1.1")))).ToString());
        Assert.Equal("9007199254740994.1", (await fixture.WriteAsync(Strings.Exchange("s", AttributeValue.Bytes([1]))))!.ToString());
        await Assert.ThrowsAsync<ItemException>(() => fixture.ReadAsync(Strings.GetText("s")));
        await Assert.ThrowsAsync<ItemException>(() => fixture.WriteAsync(Strings.Append("s", "x")));
    }

    [Fact]
    public async Task A_table_with_other_items_is_not_taken_for_one_of_typed_values()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        await fixture.Items.Store.CreateTableAsync(ItemsFixture.Table("orders"));
        await Assert.ThrowsAsync<ItemException>(() => ValueStore.OpenAsync(fixture.Items.Store, "orders"));
    }

    [Fact]
    public async Task The_tables_stream_shows_what_changed()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        await fixture.Items.Store.UpdateTableAsync(ValuesFixture.TableName, table =>
            table with { Stream = Tables.StreamView.NewAndOldImages });
        await fixture.WriteAsync(Hashes.Set("h", "f", "1"));
        await fixture.WriteAsync(Hashes.Set("h", "f", "2"));
        var last = (await fixture.Items.Store.ReadStreamAsync(ValuesFixture.TableName))[^1];
        Assert.Equal(("1", "2"), (last.Old!["v"].AsText, last.New!["v"].AsText));
    }
}
