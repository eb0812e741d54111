using System.Text;

namespace Shoal.Items.Types;

/// <summary>Operations on distinct texts.</summary>
public static class Sets
{
    /// <summary>Adds members.</summary>
    /// <returns>How many are new.</returns>
    public static ValueWrite<long> Add(string key, params IReadOnlyList<string> members)
    {
        KeyRules.CheckCount(members.Count);
        var elements = members.Select(KeyRules.Member).ToList();
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.Set);
            var before = head.Count;
            foreach (var element in elements)
            {
                if (transaction.FindElement(head, element) is null)
                {
                    transaction.PutElement(head, element);
                    head.Count++;
                }
            }

            if (head.Count > before)
            {
                transaction.Save(head);
            }

            return head.Count - before;
        });
    }

    /// <summary>Removes members; the key goes with the last.</summary>
    /// <returns>How many were there.</returns>
    public static ValueWrite<long> Remove(string key, params IReadOnlyList<string> members) =>
        Members.Remove(key, ValueKind.Set, members);

    /// <summary>Whether a member is there.</summary>
    public static ValueRead<bool> Contains(string key, string member)
    {
        var element = KeyRules.Member(member);
        return new(key, transaction => transaction.Find(key, ValueKind.Set) is { } head
            && transaction.FindElement(head, element) is not null);
    }

    /// <summary>Number of members.</summary>
    public static ValueRead<long> Count(string key) => new(key, transaction => transaction.Find(key, ValueKind.Set)?.Count ?? 0);

    /// <summary>Members, in the order of their UTF-8 bytes.</summary>
    /// <param name="key">The key.</param>
    /// <param name="limit">Members at most.</param>
    /// <param name="after">The last page's <see cref="ElementPage{T}.Next"/>.</param>
    public static ValueRead<ElementPage<string>> GetAll(string key, int limit = ValueLimits.ElementsMax, string? after = null)
    {
        KeyRules.CheckCount(limit);
        var start = after is null ? null : KeyRules.Member(after);
        return new(key, transaction =>
        {
            var found = transaction.Find(key, ValueKind.Set) is { } head
                ? transaction.Elements(head, after: start).Take(limit)
                    .Select(static item => Encoding.UTF8.GetString(item[ValueTransaction.Sort].AsBytes)).ToList()
                : [];
            return new ElementPage<string>(found, found.Count == limit ? found[^1] : null);
        });
    }
}
