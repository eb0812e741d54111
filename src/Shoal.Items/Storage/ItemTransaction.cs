using Shoal.Engine.Work;
using Shoal.Items.Tables;
using Shoal.Items.Values;
using Shoal.Sqlite.Statements;

namespace Shoal.Items.Storage;

/// <summary>Items inside of a transaction: an item, its index entries, its expiry time and its stream record change together.</summary>
internal sealed class ItemTransaction(WorkSession session, TableCache cache, TimeProvider time)
{
    public WorkSession Session { get; } = session;

    public TableStore Tables { get; } = new(session, cache);

    /// <summary>A table by name.</summary>
    /// <exception cref="ItemException">There is none.</exception>
    public ItemTable FindTable(string name) => Tables.Find(name)
        ?? throw new ItemException(ItemErrorKind.ResourceNotFound, "Requested resource not found");

    /// <summary>An item; null when there is none.</summary>
    public Item? Find(ItemTable table, ItemKey key)
    {
        var statement = Session.Prepare("SELECT body FROM _cf_items WHERE tbl = ? AND pk = ? AND sk = ?");
        BindKey(statement, table.Id, key);
        if (!Session.Step(statement))
        {
            return null;
        }

        var item = ItemEncoding.Decode(statement.Row(1).Blob(0));
        statement.Reset();
        return item;
    }

    /// <summary>Whether a write must know what it replaces, for indexes, expiry or the stream.</summary>
    public static bool NeedsOld(ItemTable table) =>
        table.Indexes.Count > 0 || table.TimeToLive is not null || table.Stream is not null;

    /// <summary>Writes an item in the place of what is there.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="key">Its key.</param>
    /// <param name="item">The item; checked.</param>
    /// <param name="old">What it replaces; must be known when <see cref="NeedsOld"/>.</param>
    public void Put(ItemTable table, ItemKey key, Item item, Item? old)
    {
        var statement = Session.Prepare(
            """
            INSERT INTO _cf_items(tbl, pk, sk, body) VALUES (?, ?, ?, ?)
            ON CONFLICT(tbl, pk, sk) DO UPDATE SET body = excluded.body
            """);
        BindKey(statement, table.Id, key);
        Session.Check(statement.BindBlob(4, ItemEncoding.Encode(item)));
        Session.Step(statement);
        Changed(table, key, old, item, ChangeKind.Modify);
    }

    /// <summary>Removes an item that is there.</summary>
    public void Delete(ItemTable table, ItemKey key, Item? old, ChangeKind kind = ChangeKind.Remove)
    {
        var statement = Session.Prepare("DELETE FROM _cf_items WHERE tbl = ? AND pk = ? AND sk = ?");
        BindKey(statement, table.Id, key);
        Session.Step(statement);
        if (old is not null)
        {
            Changed(table, key, old, item: null, kind);
        }
    }

    /// <summary>Writes the entry of an item in an index that is being filled.</summary>
    public void PutIndexEntry(ItemTable table, SecondaryIndex index, Item item)
    {
        if (IndexEntry.KeyOf(item, table, index) is { } entry)
        {
            PutEntry(index, entry, IndexEntry.Project(item, table, index));
        }
    }

    private void Changed(ItemTable table, ItemKey key, Item? old, Item? item, ChangeKind kind)
    {
        foreach (var index in table.Indexes)
        {
            if (index.State != IndexState.Deleting)
            {
                UpdateIndex(table, index, old, item);
            }
        }

        if (table.TimeToLive is { } attribute)
        {
            UpdateExpiry(table, key, Expiry.Of(old, attribute), Expiry.Of(item, attribute));
        }

        if (table.Stream is not null && !(old is not null && item is not null && SameItem(old, item)))
        {
            AddToStream(table, old, item, old is null ? ChangeKind.Insert : kind);
        }
    }

    private void UpdateIndex(ItemTable table, SecondaryIndex index, Item? old, Item? item)
    {
        var entry = item is null ? null : IndexEntry.KeyOf(item, table, index);
        if (old is not null && IndexEntry.KeyOf(old, table, index) is { } oldEntry && (entry is null || !oldEntry.Same(entry)))
        {
            var statement = Session.Prepare("DELETE FROM _cf_item_index WHERE idx = ? AND pk = ? AND sk = ? AND tie = ?");
            BindEntry(statement, index, oldEntry);
            Session.Step(statement);
        }

        if (entry is not null)
        {
            PutEntry(index, entry, IndexEntry.Project(item!, table, index));
        }
    }

    private void PutEntry(SecondaryIndex index, IndexEntry entry, Item projected)
    {
        var statement = Session.Prepare(
            """
            INSERT INTO _cf_item_index(idx, pk, sk, tie, body) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT(idx, pk, sk, tie) DO UPDATE SET body = excluded.body
            """);
        BindEntry(statement, index, entry);
        Session.Check(statement.BindBlob(5, ItemEncoding.Encode(projected)));
        Session.Step(statement);
    }

    private void UpdateExpiry(ItemTable table, ItemKey key, long? before, long? after)
    {
        if (before == after)
        {
            return;
        }

        if (before is { } old)
        {
            RemoveExpiry(table, key, old);
        }

        if (after is { } at)
        {
            AddExpiry(table, key, at);
        }
    }

    /// <summary>Notes when an item expires, when a table's attribute for that is named.</summary>
    public void AddExpiry(ItemTable table, ItemKey key, long at) =>
        RunExpiry("INSERT OR IGNORE INTO _cf_item_ttl(tbl, pk, sk, at) VALUES (?1, ?2, ?3, ?4)", table, key, at);

    /// <summary>Forgets a time that is not, or not any more, an item's.</summary>
    public void RemoveExpiry(ItemTable table, ItemKey key, long at) =>
        RunExpiry("DELETE FROM _cf_item_ttl WHERE tbl = ?1 AND pk = ?2 AND sk = ?3 AND at = ?4", table, key, at);

    private void RunExpiry(string sql, ItemTable table, ItemKey key, long at)
    {
        var statement = Session.Prepare(sql);
        BindKey(statement, table.Id, key);
        Session.Check(statement.BindInteger(4, at));
        Session.Step(statement);
    }

    private void AddToStream(ItemTable table, Item? old, Item? item, ChangeKind kind)
    {
        var statement = Session.Prepare(
            "INSERT INTO _cf_item_stream(tbl, seq, at, kind, key, old, new) VALUES (?, ?, ?, ?, ?, ?, ?)");
        var view = table.Stream!.Value;
        Session.Check(statement.BindInteger(1, table.Id));
        Session.Check(statement.BindInteger(2, Tables.Next("stream")));
        Session.Check(statement.BindInteger(3, time.GetUtcNow().ToUnixTimeMilliseconds()));
        Session.Check(statement.BindInteger(4, (int)kind));
        Session.Check(statement.BindBlob(5, ItemEncoding.Encode(ItemRules.KeyOf((item ?? old)!, table.Key))));
        BindImage(statement, 6, view is StreamView.OldImage or StreamView.NewAndOldImages ? old : null);
        BindImage(statement, 7, view is StreamView.NewImage or StreamView.NewAndOldImages ? item : null);
        Session.Step(statement);
    }

    private void BindImage(SqliteStatement statement, int parameter, Item? image) =>
        Session.Check(image is null ? statement.BindNull(parameter) : statement.BindBlob(parameter, ItemEncoding.Encode(image)));

    private void BindKey(SqliteStatement statement, long table, ItemKey key)
    {
        Session.Check(statement.BindInteger(1, table));
        Session.Check(statement.BindBlob(2, key.Partition));
        Session.Check(statement.BindBlob(3, key.Sort));
    }

    private void BindEntry(SqliteStatement statement, SecondaryIndex index, IndexEntry entry)
    {
        Session.Check(statement.BindInteger(1, index.Id));
        Session.Check(statement.BindBlob(2, entry.Partition));
        Session.Check(statement.BindBlob(3, entry.Sort));
        Session.Check(statement.BindBlob(4, entry.Tie));
    }

    private static bool SameItem(Item first, Item second) => AttributeValue.Map(first).Equals(AttributeValue.Map(second));
}
