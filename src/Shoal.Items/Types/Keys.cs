namespace Shoal.Items.Types;

/// <summary>Operations on keys, whatever they hold.</summary>
public static class Keys
{
    /// <summary>Whether a key is there.</summary>
    public static ValueRead<bool> Exists(string key) => new(key, transaction => transaction.FindAny(key) is not null);

    /// <summary>What a key holds; null when it is not there.</summary>
    public static ValueRead<ValueKind?> Kind(string key) => new(key, transaction => transaction.FindAny(key)?.Kind);

    /// <summary>Removes a key with all that it holds.</summary>
    /// <returns>Whether it was there.</returns>
    public static ValueWrite<bool> Delete(string key) => new(key, transaction =>
    {
        var head = transaction.FindAny(key);
        if (head is not null)
        {
            transaction.Remove(head);
        }

        return head is not null;
    });

    /// <summary>Lets a key end after some time; at once when that is zero or less.</summary>
    /// <returns>Whether it was there.</returns>
    public static ValueWrite<bool> Expire(string key, TimeSpan after) => SetEnd(key, now => now + (long)after.TotalMilliseconds);

    /// <summary>Lets a key end at a time.</summary>
    /// <returns>Whether it was there.</returns>
    public static ValueWrite<bool> ExpireAt(string key, DateTimeOffset at) => SetEnd(key, _ => at.ToUnixTimeMilliseconds());

    /// <summary>Lets a key stay that was to end.</summary>
    /// <returns>Whether it is there.</returns>
    public static ValueWrite<bool> Persist(string key) => SetEnd(key, static _ => null);

    /// <summary>How long a key stays; null when it does not end or is not there.</summary>
    public static ValueRead<TimeSpan?> TimeToLive(string key) => new(key, transaction =>
        transaction.FindAny(key)?.ExpiresAt is { } at ? TimeSpan.FromMilliseconds(at - transaction.Now) : null);

    /// <summary>Keys that start with a text, in the order of their UTF-8 bytes.</summary>
    /// <param name="prefix">The start; empty for all.</param>
    /// <param name="kind">Only keys that hold this; null for any. A page may then have fewer keys than it could.</param>
    /// <param name="limit">Keys that are looked at.</param>
    /// <param name="after">The last page's <see cref="ElementPage{T}.Next"/>.</param>
    public static ValueRead<ElementPage<string>> List(string prefix = "", ValueKind? kind = null, int limit = 1000, string? after = null)
    {
        KeyRules.CheckCount(limit);
        return new("keys", transaction =>
        {
            var from = prefix.Length == 0 ? null : KeyRules.Key(prefix);
            var heads = transaction.Heads(from, from is null ? null : ElementKey.After(from),
                after is null ? null : KeyRules.Key(after), limit);
            return new ElementPage<string>(
                [.. heads.Where(head => (kind is null || head.Kind == kind) && !(head.ExpiresAt <= transaction.Now))
                    .Select(static head => head.Key)],
                heads.Count == limit ? heads[^1].Key : null);
        });
    }

    private static ValueWrite<bool> SetEnd(string key, Func<long, long?> end) => new(key, transaction =>
    {
        if (transaction.FindAny(key) is not { } head)
        {
            return false;
        }

        head.ExpiresAt = end(transaction.Now);
        if (head.ExpiresAt <= transaction.Now)
        {
            transaction.Remove(head);
        }
        else
        {
            transaction.Save(head);
        }

        return true;
    });
}
