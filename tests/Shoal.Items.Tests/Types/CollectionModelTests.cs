using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Items.Tests.Types;

/// <summary>Goal: collections behave as simple ones in memory. Method: random operations on both, with the seed printed.</summary>
public sealed class CollectionModelTests
{
    private const int Steps = 400;

    [Fact]
    public async Task A_hash_is_a_dictionary()
    {
        var random = ValuesFixture.NewRandom();
        await using var fixture = await ValuesFixture.StartAsync();
        var model = new SortedDictionary<string, ItemNumber>(StringComparer.Ordinal);
        for (var step = 0; step < Steps; step++)
        {
            var field = $"f{random.Next(12)}";
            var number = ItemNumber.FromInteger(random.Next(-50, 50));
            switch (random.Next(5))
            {
                case 0 or 1:
                    Assert.Equal(!model.ContainsKey(field),
                        await fixture.WriteAsync(Hashes.Set("h", field, AttributeValue.Number(number))));
                    model[field] = number;
                    break;
                case 2:
                    ItemNumber.TryAdd(model.GetValueOrDefault(field), number, out var sum);
                    Assert.Equal(sum, await fixture.WriteAsync(Hashes.Increment("h", field, number)));
                    model[field] = sum;
                    break;
                case 3:
                    Assert.Equal(model.Remove(field) ? 1 : 0, await fixture.WriteAsync(Hashes.Remove("h", field)));
                    break;
                default:
                    Assert.Equal(!model.ContainsKey(field),
                        await fixture.WriteAsync(Hashes.Set("h", field, AttributeValue.Number(number), WriteWhen.Absent)));
                    model.TryAdd(field, number);
                    break;
            }

            Assert.Equal(model.Count, await fixture.ReadAsync(Hashes.Count("h")));
            Assert.Equal(model.ContainsKey(field), await fixture.ReadAsync(Hashes.Contains("h", field)));
        }

        await fixture.RestartAsync();
        var all = await fixture.ReadAsync(Hashes.GetAll("h"));
        Assert.Equal(model.Select(pair => (pair.Key, pair.Value)), all.Elements.Select(pair => (pair.Key, pair.Value.AsNumber)));
        Assert.Null(all.Next);
    }

    [Fact]
    public async Task A_list_is_a_list_at_both_ends()
    {
        var random = ValuesFixture.NewRandom();
        await using var fixture = await ValuesFixture.StartAsync();
        var model = new List<string>();
        for (var step = 0; step < Steps; step++)
        {
            var value = $"{step}";
            switch (random.Next(7))
            {
                case 0 or 1:
                    model.Add(value);
                    Assert.Equal(model.Count, await fixture.WriteAsync(Lists.PushRight("l", value)));
                    break;
                case 2 or 3:
                    model.InsertRange(0, [value + "b", value + "a"]);
                    Assert.Equal(model.Count, await fixture.WriteAsync(Lists.PushLeft("l", value + "a", value + "b")));
                    break;
                case 4:
                    var count = random.Next(1, 4);
                    var taken = random.Next(2) == 0 ? await fixture.WriteAsync(Lists.PopLeft("l", count))
                        : (await fixture.WriteAsync(Lists.PopRight("l", count))).Reverse().ToList();
                    var left = model.Take(taken.Count).SequenceEqual(taken.Select(text => text.AsText));
                    Assert.Equal(Math.Min(count, model.Count), taken.Count);
                    Assert.Equal(left ? model.Take(taken.Count) : model.TakeLast(taken.Count), taken.Select(text => text.AsText));
                    model.RemoveRange(left ? 0 : model.Count - taken.Count, taken.Count);
                    break;
                case 5:
                    var index = random.Next(-10, 10);
                    var at = index < 0 ? model.Count + index : index;
                    var isThere = at >= 0 && at < model.Count;
                    Assert.Equal(isThere, await fixture.WriteAsync(Lists.Set("l", index, AttributeValue.Text(value))));
                    if (isThere)
                    {
                        model[at] = value;
                    }

                    Assert.Equal(isThere ? value : null, (await fixture.ReadAsync(Lists.Get("l", index)))?.AsText);
                    break;
                default:
                    var (start, stop) = (random.Next(-4, 4), random.Next(-6, 30));
                    var kept = Slice(model, start, stop);
                    Assert.Equal(kept, (await fixture.ReadAsync(Lists.Range("l", start, stop))).Select(text => text.AsText));
                    if (random.Next(4) == 0)
                    {
                        Assert.Equal(model.Count - kept.Count, await fixture.WriteAsync(Lists.Trim("l", start, stop)));
                        model = kept;
                    }

                    break;
            }

            Assert.Equal(model, (await fixture.ReadAsync(Lists.Range("l"))).Select(text => text.AsText));
        }

        Assert.Equal(model.Count, await fixture.ReadAsync(Lists.Count("l")));
        Assert.Equal(model.Count > 0, await fixture.ReadAsync(Keys.Exists("l")));
    }

    [Fact]
    public async Task A_set_is_a_set()
    {
        var random = ValuesFixture.NewRandom();
        await using var fixture = await ValuesFixture.StartAsync();
        var model = new SortedSet<string>(StringComparer.Ordinal);
        for (var step = 0; step < Steps; step++)
        {
            string[] members = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"m{random.Next(15)}")];
            var isAdd = random.Next(2) == 0;
            var changed = isAdd ? await fixture.WriteAsync(Sets.Add("s", members)) : await fixture.WriteAsync(Sets.Remove("s", members));
            Assert.Equal(members.Count(member => isAdd ? model.Add(member) : model.Remove(member)), changed);
            Assert.Equal(model.Contains("m3"), await fixture.ReadAsync(Sets.Contains("s", "m3")));
            Assert.Equal(model.Count, await fixture.ReadAsync(Sets.Count("s")));
        }

        var pages = new List<string>();
        string? after = null;
        do
        {
            var page = await fixture.ReadAsync(Sets.GetAll("s", limit: 2, after));
            pages.AddRange(page.Elements);
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(model, pages);
    }

    [Fact]
    public async Task A_sorted_set_is_ordered_by_exact_score_and_then_by_name()
    {
        var random = ValuesFixture.NewRandom();
        await using var fixture = await ValuesFixture.StartAsync();
        var model = new Dictionary<string, ItemNumber>(StringComparer.Ordinal);
        for (var step = 0; step < Steps; step++)
        {
            var member = $"m{random.Next(25)}";
            var score = RandomNumber(random);
            switch (random.Next(6))
            {
                case 0 or 1 or 2:
                    var rule = (ScoreRule)random.Next(4);
                    Assert.Equal(model.ContainsKey(member) ? 0 : 1,
                        await fixture.WriteAsync(SortedSets.Add("z", [new ScoredMember(member, score)], rule)));
                    if (!model.TryGetValue(member, out var old) || rule == ScoreRule.Any || (rule == ScoreRule.Greater && score > old)
                        || (rule == ScoreRule.Less && score < old))
                    {
                        model[member] = score;
                    }

                    break;
                case 3:
                    var by = ItemNumber.FromInteger(random.Next(-5, 5));
                    if (ItemNumber.TryAdd(model.GetValueOrDefault(member), by, out var sum) == NumberStatus.Ok)
                    {
                        Assert.Equal(sum, await fixture.WriteAsync(SortedSets.Increment("z", member, by)));
                        model[member] = sum;
                    }

                    break;
                case 4:
                    Assert.Equal(model.Remove(member) ? 1 : 0, await fixture.WriteAsync(SortedSets.Remove("z", member)));
                    break;
                default:
                    var gone = Ordered(model).Where(one => one.Score >= score).Take(2).ToList();
                    Assert.Equal(gone.Count, await fixture.WriteAsync(SortedSets.RemoveByScore("z", score, max: null, limit: 2)));
                    gone.ForEach(one => model.Remove(one.Member));
                    break;
            }

            await CompareAsync(fixture, model, member, score, random);
        }
    }

    private static async Task CompareAsync(ValuesFixture fixture, Dictionary<string, ItemNumber> model, string member, ItemNumber bound,
        Random random)
    {
        var ordered = Ordered(model);
        Assert.Equal(ordered, await fixture.ReadAsync(SortedSets.RangeByScore("z")));
        Assert.Equal(ordered.Where(one => one.Score <= bound).Reverse(),
            await fixture.ReadAsync(SortedSets.RangeByScore("z", max: bound, backward: true)));
        Assert.Equal(ordered.Count(one => one.Score >= bound), await fixture.ReadAsync(SortedSets.CountByScore("z", bound, max: null)));
        var (start, stop) = (random.Next(-6, 6), random.Next(-6, 20));
        Assert.Equal(Slice(ordered, start, stop), await fixture.ReadAsync(SortedSets.RangeByRank("z", start, stop)));
        var rank = ordered.FindIndex(one => one.Member == member);
        Assert.Equal(rank < 0 ? null : rank, await fixture.ReadAsync(SortedSets.GetRank("z", member)));
        Assert.Equal(rank < 0 ? null : ordered[rank].Score, await fixture.ReadAsync(SortedSets.GetScore("z", member)));
        if (rank >= 0)
        {
            Assert.Equal(ordered.Skip(rank + 1).Take(3),
                await fixture.ReadAsync(SortedSets.RangeByScore("z", limit: 3, after: ordered[rank])));
        }
    }

    private static List<ScoredMember> Ordered(Dictionary<string, ItemNumber> model) =>
        [.. model.Select(pair => new ScoredMember(pair.Key, pair.Value)).OrderBy(one => one.Score)
            .ThenBy(one => one.Member, StringComparer.Ordinal)];

    private static List<T> Slice<T>(List<T> all, int start, int stop)
    {
        var first = Math.Max(start < 0 ? all.Count + start : start, 0);
        var last = Math.Min(stop < 0 ? all.Count + stop : stop, all.Count - 1);
        return first > last ? [] : all[first..(last + 1)];
    }

    /// <summary>Numbers that are close to each other, of both signs and of many lengths and sizes.</summary>
    private static ItemNumber RandomNumber(Random random)
    {
        var digits = string.Concat(Enumerable.Range(0, random.Next(1, 39))
            .Select(_ => (char)('0' + random.Next(random.Next(2) == 0 ? 2 : 10))));
        return ItemNumber.Parse((random.Next(2) == 0 ? "-" : "") + digits + (random.Next(3) == 0 ? $"E{random.Next(-80, 80)}" : ""));
    }
}
