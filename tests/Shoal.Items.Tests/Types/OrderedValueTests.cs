using System.Globalization;
using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Items.Tests.Types;

/// <summary>Streams, time series and places.</summary>
public sealed class OrderedValueTests
{
    [Fact]
    public async Task Ids_of_a_stream_ascend_also_when_the_clock_stands_and_after_everything_is_removed()
    {
        var time = new ManualTimeProvider();
        await using var fixture = await ValuesFixture.StartAsync(time);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(new StreamId(now, 0), await fixture.WriteAsync(Streams.Add("s", Entry(1))));
        Assert.Equal(new StreamId(now, 1), await fixture.WriteAsync(Streams.Add("s", Entry(2))));
        time.Advance(TimeSpan.FromMilliseconds(5));
        var third = await fixture.WriteAsync(Streams.Add("s", Entry(3)));
        Assert.Equal(new StreamId(now + 5, 0), third);

        var error = await Assert.ThrowsAsync<ItemException>(() => fixture.WriteAsync(Streams.Add("s", Entry(4), new StreamId(now, 7))));
        Assert.Contains("not greater", error.Message, StringComparison.Ordinal);

        Assert.Equal(3, await fixture.WriteAsync(Streams.Trim("s", 0)));
        Assert.Equal(0, await fixture.ReadAsync(Streams.Count("s")));
        Assert.Equal(third, await fixture.ReadAsync(Streams.LastId("s")));
        Assert.Equal(third with { Sequence = 1 }, await fixture.WriteAsync(Streams.Add("s", Entry(5))));
    }

    [Fact]
    public async Task A_reader_of_a_stream_goes_on_after_what_it_has_seen()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        for (var index = 1; index <= 7; index++)
        {
            await fixture.WriteAsync(Streams.Add("s", Entry(index), new StreamId(index, 0), countMax: 5));
        }

        var seen = new List<long>();
        var after = StreamId.First;
        while (await fixture.ReadAsync(Streams.ReadAfter("s", after, limit: 2)) is { Count: > 0 } entries)
        {
            seen.AddRange(entries.Select(entry => entry.Fields["n"].AsNumber.ToInteger()!.Value));
            after = entries[^1].Id;
        }

        Assert.Equal([3, 4, 5, 6, 7], seen);
        Assert.Equal(["5-0", "4-0"], (await fixture.ReadAsync(
            Streams.Range("s", new StreamId(4, 0), StreamId.Parse("5"), backward: true)))
            .Select(entry => entry.Id.ToString()));
        Assert.Equal(1, await fixture.WriteAsync(Streams.Remove("s", new StreamId(4, 0), new StreamId(99, 0))));
        Assert.Equal(4, await fixture.ReadAsync(Streams.Count("s")));
    }

    [Fact]
    public async Task A_series_answers_ranges_and_aggregates_as_a_sorted_list_does()
    {
        var random = ValuesFixture.NewRandom();
        await using var fixture = await ValuesFixture.StartAsync();
        var model = new SortedDictionary<long, decimal>();
        for (var step = 0; step < 60; step++)
        {
            var points = Enumerable.Range(0, random.Next(1, 10))
                .Select(_ => (At: (long)random.Next(-20_000, 20_000), Value: random.Next(-9999, 9999) / 100m)).ToList();
            var before = model.Count;
            points.ForEach(point => model[point.At] = point.Value);
            Assert.Equal(model.Count - before, await fixture.WriteAsync(TimeSeries.Add("t",
                [.. points.Select(point => new TimePoint(At(point.At), Number(point.Value)))])));
        }

        var (from, to) = ((long)random.Next(-20_000, 0), (long)random.Next(0, 20_000));
        var wanted = model.Where(pair => pair.Key >= from && pair.Key <= to).ToList();
        Assert.Equal(wanted.Select(pair => new TimePoint(At(pair.Key), Number(pair.Value))),
            await fixture.ReadAsync(TimeSeries.Range("t", At(from), At(to))));
        Assert.Equal(new TimePoint(At(model.Last().Key), Number(model.Last().Value)), await fixture.ReadAsync(TimeSeries.Latest("t")));

        var stretches = wanted.GroupBy(pair => (long)Math.Floor(pair.Key / 700.0) * 700).ToList();
        foreach (var (kind, of) in new (Aggregation, Func<IEnumerable<decimal>, decimal>)[]
        {
            (Aggregation.Sum, Enumerable.Sum), (Aggregation.Min, Enumerable.Min), (Aggregation.Max, Enumerable.Max),
            (Aggregation.Count, values => values.Count()), (Aggregation.First, Enumerable.First), (Aggregation.Last, Enumerable.Last),
        })
        {
            Assert.Equal(stretches.Select(group => new TimePoint(At(group.Key), Number(of(group.Select(pair => pair.Value))))),
                await fixture.ReadAsync(TimeSeries.Aggregate("t", TimeSpan.FromMilliseconds(700), kind, At(from), At(to))));
        }

        var averages = await fixture.ReadAsync(TimeSeries.Aggregate("t", TimeSpan.FromMilliseconds(700), Aggregation.Average,
            At(from), At(to)));
        Assert.Equal(stretches.Select(group => Math.Round(group.Average(pair => pair.Value), 12)),
            averages.Select(point => Math.Round(decimal.Parse(Shorten(point.Value), NumberStyles.Float, CultureInfo.InvariantCulture),
                12)));
        Assert.Equal(wanted.Count, await fixture.WriteAsync(TimeSeries.Remove("t", At(from), At(to))));
        Assert.Equal(model.Count - wanted.Count, await fixture.ReadAsync(TimeSeries.Count("t")));
    }

    [Theory]
    [InlineData(DuplicateRule.Last, "3")]
    [InlineData(DuplicateRule.First, "5")]
    [InlineData(DuplicateRule.Min, "3")]
    [InlineData(DuplicateRule.Max, "5")]
    [InlineData(DuplicateRule.Sum, "8")]
    public async Task A_second_number_at_a_time_counts_as_the_rule_says(DuplicateRule rule, string expected)
    {
        await using var fixture = await ValuesFixture.StartAsync();
        await fixture.WriteAsync(TimeSeries.Add("t", At(1), Number(5)));
        Assert.Equal(0, await fixture.WriteAsync(TimeSeries.Add("t", At(1), Number(3), rule)));
        Assert.Equal(expected, (await fixture.ReadAsync(TimeSeries.Latest("t")))!.Value.Value.ToString());
        await Assert.ThrowsAsync<ItemException>(() => fixture.WriteAsync(TimeSeries.Add("t", At(1), Number(3), DuplicateRule.Refuse)));
    }

    [Fact]
    public async Task A_search_finds_the_places_that_a_look_at_all_of_them_finds()
    {
        var random = ValuesFixture.NewRandom();
        await using var fixture = await ValuesFixture.StartAsync();
        var places = new Dictionary<string, GeoPoint>(StringComparer.Ordinal);
        for (var index = 0; index < 600; index++)
        {
            // A third of them at the poles and at the line where longitudes start again.
            var point = (index % 3) switch
            {
                0 => new GeoPoint((random.NextDouble() * 360) - 180, (random.NextDouble() * 180) - 90),
                1 => new GeoPoint(random.Next(2) == 0 ? 179.5 + (random.NextDouble() / 2) : -180 + (random.NextDouble() / 2),
                    random.NextDouble() * 2),
                _ => new GeoPoint((random.NextDouble() * 360) - 180, (random.Next(2) == 0 ? 1 : -1) * (89 + random.NextDouble())),
            };
            Assert.Equal(places.TryAdd($"p{index % 500}", point), await fixture.WriteAsync(Geo.Add("g", $"p{index % 500}", point)));
            places[$"p{index % 500}"] = point;
        }

        foreach (var radius in (double[])[0, 1_000, 50_000, 500_000, 3_000_000, 10_000_000, 25_000_000])
        {
            foreach (var center in places.Values.Take(40))
            {
                var expected = places.Where(pair => center.DistanceTo(pair.Value) <= radius)
                    .OrderBy(pair => center.DistanceTo(pair.Value)).ThenBy(pair => pair.Key, StringComparer.Ordinal)
                        .Select(pair => pair.Key);
                Assert.Equal(expected, (await fixture.ReadAsync(Geo.Search("g", center, radius))).Select(match => match.Member));
            }
        }

        Assert.Equal(places["p7"], await fixture.ReadAsync(Geo.GetPoint("g", "p7")));
        Assert.Equal(2, await fixture.WriteAsync(Geo.Remove("g", "p7", "p8", "none")));
        Assert.Null(await fixture.ReadAsync(Geo.GetDistance("g", "p7", "p9")));
        Assert.Equal(498, await fixture.ReadAsync(Geo.Count("g")));
    }

    [Fact]
    public async Task Palermo_and_Catania_are_as_far_from_each_other_as_everywhere_else()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        await fixture.WriteAsync(Geo.Add("sicily", "Palermo", new GeoPoint(13.361389, 38.115556)));
        await fixture.WriteAsync(Geo.Add("sicily", "Catania", new GeoPoint(15.087269, 37.502669)));
        Assert.Equal(166274.15, (await fixture.ReadAsync(Geo.GetDistance("sicily", "Palermo", "Catania")))!.Value, 1.0);
        Assert.Equal(["Catania", "Palermo"], (await fixture.ReadAsync(Geo.SearchAround("sicily", "Catania", 200_000)))
            .Select(match => match.Member));
        Assert.Contains("no place", Assert.Throws<ItemException>(() => Geo.Add("sicily", "x", new GeoPoint(38, 138))).Message,
            StringComparison.Ordinal);
    }

    private static Item Entry(long number) => new ItemBuilder().Add("n", number).Build();

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static ItemNumber Number(decimal value) => ItemNumber.Parse(value.ToString(CultureInfo.InvariantCulture));

    private static string Shorten(ItemNumber number) => number.ToString() is { Length: > 25 } text ? text[..25] : number.ToString();
}
