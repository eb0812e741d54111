using System.Text;
using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Operations on distinct texts that are ordered by an exact number, and by their UTF-8 bytes where that is the same.</summary>
public static class SortedSets
{
    private const string Score = "s";

    /// <summary>Adds a member, or changes its score.</summary>
    /// <returns>How many are new: 1 or 0.</returns>
    public static ValueWrite<long> Add(string key, string member, long score) => Add(key, [new ScoredMember(member, score)]);

    /// <summary>Adds members, or changes their scores.</summary>
    /// <param name="key">The key.</param>
    /// <param name="members">Members with their scores.</param>
    /// <param name="rule">Which scores replace those of members that are there.</param>
    /// <returns>How many are new.</returns>
    public static ValueWrite<long> Add(string key, IReadOnlyList<ScoredMember> members, ScoreRule rule = ScoreRule.Any)
    {
        KeyRules.CheckCount(members.Count);
        var elements = members.Select(static member => (Element: KeyRules.Member(member.Member), member.Score)).ToList();
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.SortedSet);
            var before = head.Count;
            foreach (var (element, score) in elements)
            {
                var old = ScoreOf(transaction, head, element);
                if (old is null || Replaces(rule, old.Value, score))
                {
                    Put(transaction, head, element, old, score);
                }
            }

            if (head.Count > before)
            {
                transaction.Save(head);
            }

            return head.Count - before;
        });
    }

    /// <summary>Adds to a member's score exactly; a member that is not there counts as 0.</summary>
    /// <returns>The score now.</returns>
    /// <exception cref="ItemException">When it is run: the sum has more than 38 digits.</exception>
    public static ValueWrite<ItemNumber> Increment(string key, string member, ItemNumber by)
    {
        var element = KeyRules.Member(member);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.SortedSet);
            var old = ScoreOf(transaction, head, element);
            var sum = Numbers.Add(old ?? ItemNumber.Zero, by, $"the score of \"{member}\" of the key \"{key}\"");
            Put(transaction, head, element, old, sum);
            if (old is null)
            {
                transaction.Save(head);
            }

            return sum;
        });
    }

    /// <inheritdoc cref="Increment(string, string, ItemNumber)"/>
    public static ValueWrite<ItemNumber> Increment(string key, string member, long by = 1) =>
        Increment(key, member, ItemNumber.FromInteger(by));

    /// <summary>Removes members; the key goes with the last.</summary>
    /// <returns>How many were there.</returns>
    public static ValueWrite<long> Remove(string key, params IReadOnlyList<string> members)
    {
        KeyRules.CheckCount(members.Count);
        var elements = members.Select(KeyRules.Member).ToList();
        return new(key, transaction =>
        {
            if (transaction.Find(key, ValueKind.SortedSet) is not { } head)
            {
                return 0;
            }

            var before = head.Count;
            foreach (var element in elements)
            {
                if (ScoreOf(transaction, head, element) is { } score)
                {
                    Delete(transaction, head, element, score);
                }
            }

            transaction.Save(head);
            return before - head.Count;
        });
    }

    /// <summary>Removes members by their scores, both bounds included, the least first.</summary>
    /// <param name="key">The key.</param>
    /// <param name="min">The least score; null for no bound.</param>
    /// <param name="max">The greatest score; null for no bound.</param>
    /// <param name="limit">Members at most.</param>
    /// <returns>How many were removed.</returns>
    public static ValueWrite<long> RemoveByScore(string key, ItemNumber? min, ItemNumber? max, int limit = ValueLimits.ElementsMax)
    {
        KeyRules.CheckCount(limit);
        return new(key, transaction =>
        {
            if (transaction.Find(key, ValueKind.SortedSet) is not { } head)
            {
                return 0;
            }

            var members = transaction.Elements(head, From(min), To(max)).Take(limit).Select(MemberOf).ToList();
            foreach (var (member, score) in members)
            {
                Delete(transaction, head, KeyRules.Member(member), score);
            }

            transaction.Save(head);
            return members.Count;
        });
    }

    /// <summary>A member's score; null when it is not there.</summary>
    public static ValueRead<ItemNumber?> GetScore(string key, string member)
    {
        var element = KeyRules.Member(member);
        return new(key, transaction => transaction.Find(key, ValueKind.SortedSet) is { } head ? ScoreOf(transaction, head, element)
            : null);
    }

    /// <summary>Number of members.</summary>
    public static ValueRead<long> Count(string key) => new(key, transaction => transaction.Find(key, ValueKind.SortedSet)?.Count ?? 0);

    /// <summary>Number of members by their scores, both bounds included. Cost: by how many they are.</summary>
    public static ValueRead<long> CountByScore(string key, ItemNumber? min, ItemNumber? max) => new(key, transaction =>
        transaction.Find(key, ValueKind.SortedSet) is { Generation: > 0 } head ? transaction.CountElements(head, From(min), To(max)) : 0);

    /// <summary>Members by their scores, both bounds included, the least first.</summary>
    /// <param name="key">The key.</param>
    /// <param name="min">The least score; null for no bound.</param>
    /// <param name="max">The greatest score; null for no bound.</param>
    /// <param name="limit">Members at most.</param>
    /// <param name="backward">The greatest first.</param>
    /// <param name="after">The last member of the page before.</param>
    public static ValueRead<IReadOnlyList<ScoredMember>> RangeByScore(string key, ItemNumber? min = null, ItemNumber? max = null,
        int limit = ValueLimits.ElementsMax, bool backward = false, ScoredMember? after = null)
    {
        KeyRules.CheckCount(limit);
        var start = after is { } last ? ElementKey.Scored(last.Score, KeyRules.Member(last.Member)) : null;
        return new(key, transaction => transaction.Find(key, ValueKind.SortedSet) is { } head
            ? [.. transaction.Elements(head, From(min), To(max), start, backward).Take(limit).Select(MemberOf)] : []);
    }

    /// <summary>
    /// Members by their places, both included; negative ones count from the end. Cost: by the distance from the nearer
    /// end.
    /// </summary>
    /// <exception cref="ItemException">When it is run: there are more than 10,000.</exception>
    public static ValueRead<IReadOnlyList<ScoredMember>> RangeByRank(string key, long start = 0, long stop = -1) =>
        new(key, transaction =>
    {
        if (transaction.Find(key, ValueKind.SortedSet) is not { } head)
        {
            return [];
        }

        var first = Math.Max(start < 0 ? head.Count + start : start, 0);
        var last = Math.Min(stop < 0 ? head.Count + stop : stop, head.Count - 1);
        if (first > last)
        {
            return [];
        }

        if (last - first >= ValueLimits.ElementsMax)
        {
            throw new ItemException(ItemErrorKind.Validation,
                $"the range has {last - first + 1} members, more than the {ValueLimits.ElementsMax} that one read returns",
                $"Read it in parts, for example from {start} to {start + ValueLimits.ElementsMax - 1}.");
        }

        var backward = first > head.Count / 2;
        var found = transaction.ElementsAt(head, From(min: null), To(max: null), backward ? head.Count - 1 - last : first,
            last - first + 1, backward);
        if (backward)
        {
            found.Reverse();
        }

        return [.. found.Select(MemberOf)];
    });

    /// <summary>The place of a member, from 0 for the least; null when it is not there. Cost: by how many are less.</summary>
    public static ValueRead<long?> GetRank(string key, string member)
    {
        var element = KeyRules.Member(member);
        return new(key, transaction =>
            transaction.Find(key, ValueKind.SortedSet) is { } head && ScoreOf(transaction, head, element) is { } score
                ? transaction.CountElements(head, From(min: null), ElementKey.Scored(score, element)) : null);
    }

    private static byte[] From(ItemNumber? min) => min is { } score ? ElementKey.Score(score) : [ElementKey.ByOrder];

    private static byte[] To(ItemNumber? max) => ElementKey.After(max is { } score ? ElementKey.Score(score) : [ElementKey.ByOrder])!;

    private static bool Replaces(ScoreRule rule, ItemNumber old, ItemNumber score) => rule switch
    {
        ScoreRule.Any => true,
        ScoreRule.Greater => score > old,
        ScoreRule.Less => score < old,
        ScoreRule.Keep => false,
    };

    private static ItemNumber? ScoreOf(ValueTransaction transaction, KeyHead head, byte[] element) =>
        transaction.FindElement(head, ElementKey.Named(element))?[Score].AsNumber;

    private static ScoredMember MemberOf(Item item)
    {
        var score = item[Score].AsNumber;
        return new ScoredMember(
            Encoding.UTF8.GetString(item[ValueTransaction.Sort].AsBytes.AsSpan(ElementKey.Score(score).Length)), score);
    }

    private static void Put(ValueTransaction transaction, KeyHead head, byte[] element, ItemNumber? old, ItemNumber score)
    {
        if (old is { } before)
        {
            transaction.DeleteElement(head, ElementKey.Scored(before, element));
        }

        transaction.PutElement(head, ElementKey.Named(element), (Score, AttributeValue.Number(score)));
        transaction.PutElement(head, ElementKey.Scored(score, element), (Score, AttributeValue.Number(score)));
        head.Count += old is null ? 1 : 0;
    }

    private static void Delete(ValueTransaction transaction, KeyHead head, byte[] element, ItemNumber score)
    {
        transaction.DeleteElement(head, ElementKey.Named(element));
        transaction.DeleteElement(head, ElementKey.Scored(score, element));
        head.Count--;
    }
}
