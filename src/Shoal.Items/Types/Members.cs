namespace Shoal.Items.Types;

/// <summary>What hashes and sets have in common: elements that are found by name.</summary>
internal static class Members
{
    public static ValueWrite<long> Remove(string key, ValueKind kind, IReadOnlyList<string> members)
    {
        KeyRules.CheckCount(members.Count);
        var elements = members.Select(KeyRules.Member).ToList();
        return new(key, transaction =>
        {
            if (transaction.Find(key, kind) is not { } head)
            {
                return 0;
            }

            var before = head.Count;
            foreach (var element in elements)
            {
                if (transaction.FindElement(head, element) is not null)
                {
                    transaction.DeleteElement(head, element);
                    head.Count--;
                }
            }

            var removed = before - head.Count;
            if (removed > 0)
            {
                transaction.Save(head);
            }

            return removed;
        });
    }
}
