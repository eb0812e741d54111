using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Keys and their elements inside of a transaction of the database.</summary>
/// <remarks>Invariant: a head's count is the number of its elements, and an end that it has is in the partition <c>expiry</c>.</remarks>
internal sealed class ValueTransaction
{
    /// <summary>The attribute that is the partition key.</summary>
    public const string Partition = "k";

    /// <summary>The attribute that is the sort key.</summary>
    public const string Sort = "e";

    /// <summary>The attribute of an element that holds its value.</summary>
    public const string Value = "v";

    private const string KeysPartition = "keys";
    private const string ExpiryPartition = "expiry";
    private const string GarbagePartition = "garbage";

    private readonly ItemTransaction _transaction;
    private readonly ItemTable _table;

    public ValueTransaction(ItemTransaction transaction, string table, DateTimeOffset now)
    {
        _transaction = transaction;
        _table = transaction.FindTable(table);
        Now = now.ToUnixTimeMilliseconds();
    }

    /// <summary>Units: milliseconds of Unix time.</summary>
    public long Now { get; }

    /// <summary>Whether this transaction left elements for later.</summary>
    public bool LeftGarbage { get; private set; }

    /// <summary>A key that has not ended; null when there is none.</summary>
    public KeyHead? FindAny(string key) => FindStored(key) is { } head && !(head.ExpiresAt <= Now) ? head : null;

    /// <summary>A key of a kind; null when there is none.</summary>
    /// <exception cref="ItemException">It holds something else.</exception>
    public KeyHead? Find(string key, ValueKind kind)
    {
        var head = FindAny(key);
        return head is null || head.Kind == kind ? head : throw new ItemException(ItemErrorKind.Validation,
            $"the key \"{key}\" holds a {head.Kind}, not a {kind}",
            $"Use another key, or delete this one first with {nameof(Keys)}.{nameof(Keys.Delete)}, which may be in the same batch.");
    }

    /// <summary>A key of a kind, or a new one that is stored with <see cref="Save"/>.</summary>
    /// <exception cref="ItemException">It holds something else.</exception>
    public KeyHead Open(string key, ValueKind kind)
    {
        if (Find(key, kind) is { } head)
        {
            return head;
        }

        if (FindStored(key) is { } ended)
        {
            Remove(ended);
        }

        return new KeyHead { Key = key, Kind = kind };
    }

    /// <summary>Stores a key after a change, or removes it when nothing is left.</summary>
    public void Save(KeyHead head)
    {
        if (head.IsEmpty)
        {
            Remove(head);
            return;
        }

        if (head.ExpiresAt != head.StoredExpiresAt)
        {
            MoveExpiry(head.Key, head.StoredExpiresAt, head.ExpiresAt);
        }

        var item = NewItem(KeysPartition, KeyRules.Key(head.Key));
        head.AddTo(item);
        Put(item, head.Key);
    }

    /// <summary>Removes a key with its elements. Many elements are only cut off, and removed after the transaction.</summary>
    public void Remove(KeyHead head)
    {
        if (!head.IsStored)
        {
            return;
        }

        MoveExpiry(head.Key, head.StoredExpiresAt, after: null);
        Delete(NewItem(KeysPartition, KeyRules.Key(head.Key)));
        if (head.Count > ValueLimits.DeleteAtOnceMax)
        {
            Put(NewItem(GarbagePartition, ElementKey.Integer(head.Generation)), head.Key);
            LeftGarbage = true;
        }
        else if (head.Count > 0)
        {
            DeleteElements(PartitionOf(head.Generation), head.RowsPerElement * ValueLimits.DeleteAtOnceMax);
        }
    }

    /// <summary>Heads in the order of their keys.</summary>
    public List<KeyHead> Heads(byte[]? from, byte[]? to, byte[]? after, int limit) =>
        [.. Range(KeysPartition, from, to, after, backward: false).Take(limit)
            .Select(static item => KeyHead.Of(System.Text.Encoding.UTF8.GetString(item[Sort].AsBytes), item))];

    public Item? FindElement(KeyHead head, byte[] element) =>
        head.Generation == 0 ? null : _transaction.Find(_table, KeyOf(NewItem(PartitionOf(head.Generation), element)));

    /// <summary>Writes an element in the place of what is there. The caller counts.</summary>
    public void PutElement(KeyHead head, byte[] element, params ReadOnlySpan<(string Name, AttributeValue Value)> attributes)
    {
        if (head.Generation == 0)
        {
            head.Generation = _transaction.Tables.Next("value");
        }

        var item = NewItem(PartitionOf(head.Generation), element);
        foreach (var (name, value) in attributes)
        {
            item.Add(name, value);
        }

        Put(item, head.Key);
    }

    /// <summary>Removes an element that may be there. The caller counts.</summary>
    public void DeleteElement(KeyHead head, byte[] element) => Delete(NewItem(PartitionOf(head.Generation), element));

    /// <summary>Elements in order; must be read to the end, or cut with Take, before anything is written.</summary>
    public IEnumerable<Item> Elements(KeyHead head, byte[]? from = null, byte[]? to = null, byte[]? after = null,
        bool backward = false) =>
        head.Generation == 0 ? [] : Range(PartitionOf(head.Generation), from, to, after, backward);

    /// <summary>Elements of a range in order, without those at its beginning.</summary>
    public List<Item> ElementsAt(KeyHead head, byte[] from, byte[] to, long skip, long count, bool backward)
    {
        var session = _transaction.Session;
        var statement = session.Prepare(backward
            ? "SELECT body FROM _cf_items WHERE tbl = ? AND pk = ? AND sk >= ? AND sk < ? ORDER BY sk DESC LIMIT ? OFFSET ?"
            : "SELECT body FROM _cf_items WHERE tbl = ? AND pk = ? AND sk >= ? AND sk < ? ORDER BY sk LIMIT ? OFFSET ?");
        BindRange(statement, head, from, to);
        session.Check(statement.BindInteger(5, count));
        session.Check(statement.BindInteger(6, skip));
        var items = new List<Item>();
        while (session.Step(statement))
        {
            items.Add(ItemEncoding.Decode(statement.Row(1).Blob(0)));
        }

        return items;
    }

    /// <summary>Number of elements of a range.</summary>
    public long CountElements(KeyHead head, byte[] from, byte[] to)
    {
        var session = _transaction.Session;
        var statement = session.Prepare("SELECT count(*) FROM _cf_items WHERE tbl = ? AND pk = ? AND sk >= ? AND sk < ?");
        BindRange(statement, head, from, to);
        session.Step(statement);
        var count = statement.Row(1).Integer(0);
        statement.Reset();
        return count;
    }

    /// <summary>Removes keys that have ended.</summary>
    /// <returns>Whether there may be more.</returns>
    public bool RemoveEnded(int limit)
    {
        var due = Range(ExpiryPartition, from: null, ElementKey.Integer(Now + 1), after: null, backward: false).Take(limit).ToList();
        foreach (var item in due)
        {
            var key = System.Text.Encoding.UTF8.GetString(item[Sort].AsBytes.AsSpan(8));
            if (FindStored(key) is { } head && head.ExpiresAt <= Now)
            {
                Remove(head);
            }

            Delete(item);
        }

        return due.Count == limit;
    }

    /// <summary>Removes elements that belong to no key any more.</summary>
    /// <returns>Whether there may be more.</returns>
    public bool RemoveGarbage(int limit)
    {
        if (Range(GarbagePartition, from: null, to: null, after: null, backward: false).FirstOrDefault() is not { } garbage)
        {
            return false;
        }

        if (DeleteElements(PartitionOf(ElementKey.ToInteger(garbage[Sort].AsBytes)), limit) < limit)
        {
            Delete(garbage);
        }

        return true;
    }

    /// <summary>Runs a part whose changes are undone when it is refused.</summary>
    public T RunPart<T>(Func<T> run)
    {
        var session = _transaction.Session;
        session.Step(session.Prepare("SAVEPOINT value"));
        try
        {
            var result = run();
            session.Step(session.Prepare("RELEASE value"));
            return result;
        }
        catch (ItemException)
        {
            session.Step(session.Prepare("ROLLBACK TO value"));
            session.Step(session.Prepare("RELEASE value"));
            throw;
        }
    }

    private static string PartitionOf(long generation) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"v{generation}");

    private static Item NewItem(string partition, byte[] sort) => new()
    {
        [Partition] = AttributeValue.Text(partition),
        [Sort] = AttributeValue.Bytes(sort),
    };

    private KeyHead? FindStored(string key) =>
        _transaction.Find(_table, KeyOf(NewItem(KeysPartition, KeyRules.Key(key)))) is { } item ? KeyHead.Of(key, item) : null;

    private void MoveExpiry(string key, long? before, long? after)
    {
        if (before is { } old)
        {
            Delete(NewItem(ExpiryPartition, [.. ElementKey.Integer(old), .. KeyRules.Key(key)]));
        }

        if (after is { } at)
        {
            Put(NewItem(ExpiryPartition, [.. ElementKey.Integer(at), .. KeyRules.Key(key)]), key);
        }
    }

    private int DeleteElements(string partition, int limit)
    {
        var items = Range(partition, from: null, to: null, after: null, backward: false).Take(limit).ToList();
        foreach (var item in items)
        {
            Delete(item);
        }

        return items.Count;
    }

    private IEnumerable<Item> Range(string partition, byte[]? from, byte[]? to, byte[]? after, bool backward)
    {
        var encoded = KeyEncoding.EncodePartition(AttributeValue.Text(partition));
        return RangeReader.Read(_transaction.Session, new ItemRange
        {
            Id = _table.Id,
            Partition = encoded,
            SortFrom = from,
            SortTo = to,
            After = after is null ? null : (encoded, after, []),
            Backward = backward,
        });
    }

    private void BindRange(Sqlite.Statements.SqliteStatement statement, KeyHead head, byte[] from, byte[] to)
    {
        var session = _transaction.Session;
        session.Check(statement.BindInteger(1, _table.Id));
        session.Check(statement.BindBlob(2, KeyEncoding.EncodePartition(AttributeValue.Text(PartitionOf(head.Generation)))));
        session.Check(statement.BindBlob(3, from));
        session.Check(statement.BindBlob(4, to));
    }

    private ItemKey KeyOf(Item item) => ItemKey.Of(item, _table.Key);

    private void Put(Item item, string key)
    {
        var size = ItemSize.Of(item);
        if (size > ItemLimits.ItemBytesMax)
        {
            throw new ItemException(ItemErrorKind.Validation,
                $"a value of the key \"{key}\" has {size} bytes, more than the {ItemLimits.ItemBytesMax} of an item",
                "Cut it into parts, for example the fields of a hash or the elements of a list.");
        }

        var itemKey = KeyOf(item);
        _transaction.Put(_table, itemKey, item, ItemTransaction.NeedsOld(_table) ? _transaction.Find(_table, itemKey) : null);
    }

    private void Delete(Item key)
    {
        var itemKey = KeyOf(key);
        _transaction.Delete(_table, itemKey, ItemTransaction.NeedsOld(_table) ? _transaction.Find(_table, itemKey) : null);
    }
}
