using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shoal.Engine.Work;
using Shoal.Items.Tables;

namespace Shoal.Items.Storage;

/// <summary>The tables of a database, inside of a transaction.</summary>
internal sealed class TableStore(WorkSession session, TableCache cache)
{
    /// <summary>A table by name; null when there is none.</summary>
    public ItemTable? Find(string name)
    {
        var statement = session.TryPrepare("SELECT stamp, body FROM _cf_item_tables WHERE name = ?");
        if (statement is null)
        {
            return null;
        }

        session.Check(statement.BindText(1, Encoding.UTF8.GetBytes(name)));
        if (!session.Step(statement))
        {
            return null;
        }

        var row = statement.Row(2);
        var stamp = row.Integer(0);
        var table = cache.Find(stamp);
        if (table is null)
        {
            table = JsonSerializer.Deserialize(row.Blob(1), TableJson.Default.ItemTable)!;
            cache.Add(stamp, table);
        }

        statement.Reset();
        return table;
    }

    /// <summary>All tables, by name.</summary>
    public List<ItemTable> List()
    {
        var tables = new List<ItemTable>();
        if (session.TryPrepare("SELECT body FROM _cf_item_tables ORDER BY name") is { } statement)
        {
            while (session.Step(statement))
            {
                tables.Add(JsonSerializer.Deserialize(statement.Row(1).Blob(0), TableJson.Default.ItemTable)!);
            }
        }

        return tables;
    }

    /// <summary>Names after one, at most so many.</summary>
    public List<string> ListNames(string after, int count)
    {
        var names = new List<string>();
        if (session.TryPrepare("SELECT name FROM _cf_item_tables WHERE name > ? ORDER BY name LIMIT ?") is { } statement)
        {
            session.Check(statement.BindText(1, Encoding.UTF8.GetBytes(after)));
            session.Check(statement.BindInteger(2, count));
            while (session.Step(statement))
            {
                names.Add(Encoding.UTF8.GetString(statement.Row(1).Text(0)));
            }
        }

        return names;
    }

    /// <summary>Writes a table, new or changed.</summary>
    public void Save(ItemTable table)
    {
        var statement = session.Prepare(
            """
            INSERT INTO _cf_item_tables(name, stamp, body) VALUES (?, ?, ?)
            ON CONFLICT(name) DO UPDATE SET stamp = excluded.stamp, body = excluded.body
            """);
        session.Check(statement.BindText(1, Encoding.UTF8.GetBytes(table.Name)));
        session.Check(statement.BindInteger(2, BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8))));
        session.Check(statement.BindBlob(3, JsonSerializer.SerializeToUtf8Bytes(table, TableJson.Default.ItemTable)));
        session.Step(statement);
    }

    /// <summary>Takes a table away; what it held is removed later.</summary>
    public void Remove(ItemTable table)
    {
        var statement = session.Prepare("DELETE FROM _cf_item_tables WHERE name = ?");
        session.Check(statement.BindText(1, Encoding.UTF8.GetBytes(table.Name)));
        session.Step(statement);
        Drop(DroppedKind.Table, table.Id);
        foreach (var index in table.Indexes)
        {
            Drop(DroppedKind.Index, index.Id);
        }
    }

    /// <summary>Notes rows that belong to nothing any more.</summary>
    public void Drop(DroppedKind kind, long id)
    {
        var statement = session.Prepare("INSERT OR IGNORE INTO _cf_item_dropped(kind, id) VALUES (?, ?)");
        session.Check(statement.BindInteger(1, (int)kind));
        session.Check(statement.BindInteger(2, id));
        session.Step(statement);
    }

    /// <summary>A number of the database that was never used before.</summary>
    public long Next(string counter)
    {
        var statement = session.Prepare(
            """
            INSERT INTO _cf_item_state(name, value) VALUES (?, 1)
            ON CONFLICT(name) DO UPDATE SET value = value + 1 RETURNING value
            """);
        session.Check(statement.BindText(1, Encoding.UTF8.GetBytes(counter)));
        session.Step(statement);
        var value = statement.Row(1).Integer(0);
        statement.Reset();
        return value;
    }
}
