using System.Text;
using Shoal.Engine.Work;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Maintenance;

/// <summary>What happens to items later: expiry, filling of new indexes, removal of what dropped tables held, old stream records.</summary>
/// <remarks>
/// Everything is done in steps of bounded size, each a transaction of its own that other requests share, and what is left is
/// found in the database: after a stop it goes on where it was.
/// </remarks>
internal sealed class ItemMaintenance(ItemDatabase database)
{
    /// <summary>Rows of one step.</summary>
    internal const int StepRows = 500;

    /// <summary>How long a stream keeps its records. Source: DynamoDB Streams.</summary>
    internal static readonly TimeSpan StreamRetention = TimeSpan.FromHours(24);

    /// <summary>Does all that there is to do.</summary>
    /// <returns>Whether the database has anything that will need maintenance again.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        var tables = await database.ReadAsync(static transaction => transaction.Tables.List(), cancellation).ConfigureAwait(false);
        foreach (var table in tables)
        {
            await MaintainAsync(table, cancellation).ConfigureAwait(false);
        }

        while (await database.WriteAsync(RemoveDropped, cancellation).ConfigureAwait(false))
        {
        }

        return tables.Exists(static table => table.TimeToLive is not null || table.Stream is not null);
    }

    private async Task MaintainAsync(ItemTable table, CancellationToken cancellation)
    {
        foreach (var index in table.Indexes.Where(static index => index.State == IndexState.Creating))
        {
            await FillAsync(table.Name, index.Id, cancellation).ConfigureAwait(false);
        }

        while (table.TimeToLive is not null
            && await database.WriteAsync(transaction => Expire(transaction, table.Name), cancellation).ConfigureAwait(false))
        {
        }

        while (await database.WriteAsync(transaction => TrimStream(transaction, table), cancellation).ConfigureAwait(false))
        {
        }
    }

    private async Task FillAsync(string table, long index, CancellationToken cancellation)
    {
        (byte[], byte[], byte[])? after = null;
        do
        {
            after = await database.WriteAsync(transaction => FillStep(transaction, table, index, after), cancellation)
                .ConfigureAwait(false);
        }
        while (after is not null);
    }

    /// <summary>
    /// Copies some items into an index. Items written meanwhile are in it already, and copying them again changes nothing,
    /// because each step sees the items as they are.
    /// </summary>
    private static (byte[] Partition, byte[] Sort, byte[] Tie)? FillStep(ItemTransaction transaction, string name, long indexId,
        (byte[] Partition, byte[] Sort, byte[] Tie)? after)
    {
        if (transaction.Tables.Find(name) is not { } table
            || table.Indexes.FirstOrDefault(index => index.Id == indexId) is not { State: IndexState.Creating } index)
        {
            return null;
        }

        var items = RangeReader.Read(transaction.Session, new ItemRange { Id = table.Id, After = after }).Take(StepRows).ToList();
        foreach (var item in items)
        {
            transaction.PutIndexEntry(table, index, item);
        }

        if (items.Count == StepRows)
        {
            var key = ItemKey.Of(items[^1], table.Key);
            return (key.Partition, key.Sort, []);
        }

        transaction.Tables.Save(table with
        {
            Indexes = [.. table.Indexes.Select(other => other.Id == indexId ? other with { State = IndexState.Active } : other)],
        });
        return null;
    }

    private bool Expire(ItemTransaction transaction, string name)
    {
        if (transaction.Tables.Find(name) is not { TimeToLive: { } attribute } table)
        {
            return false;
        }

        var now = database.Time.GetUtcNow().ToUnixTimeSeconds();
        var session = transaction.Session;
        var statement = session.Prepare("SELECT pk, sk, at FROM _cf_item_ttl WHERE tbl = ? AND at < ? ORDER BY at LIMIT ?");
        session.Check(statement.BindInteger(1, table.Id));
        session.Check(statement.BindInteger(2, now));
        session.Check(statement.BindInteger(3, StepRows));
        var due = new List<(ItemKey Key, long At)>();
        while (session.Step(statement))
        {
            var row = statement.Row(3);
            due.Add((new ItemKey(row.Blob(0).ToArray(), row.Blob(1).ToArray()), row.Integer(2)));
        }

        foreach (var (key, at) in due)
        {
            // As in DynamoDB, a time five years ago or more is taken for a mistake.
            var item = transaction.Find(table, key);
            if (item is not null && Expiry.Of(item, attribute) == at && at > now - (5 * 365 * 86_400L))
            {
                transaction.Delete(table, key, item, ChangeKind.Expire);
            }
            else
            {
                transaction.RemoveExpiry(table, key, at);
            }
        }

        return due.Count == StepRows;
    }

    private bool TrimStream(ItemTransaction transaction, ItemTable table)
    {
        var before = (database.Time.GetUtcNow() - StreamRetention).ToUnixTimeMilliseconds();
        return DeleteSome(transaction.Session,
            "DELETE FROM _cf_item_stream WHERE tbl = ?1 AND seq IN "
            + "(SELECT seq FROM _cf_item_stream WHERE tbl = ?1 AND at < ?2 ORDER BY seq LIMIT ?3) RETURNING 1",
            table.Id, before);
    }

    private static bool RemoveDropped(ItemTransaction transaction)
    {
        var session = transaction.Session;
        if (session.TryPrepare("SELECT kind, id FROM _cf_item_dropped LIMIT 1") is not { } statement || !session.Step(statement))
        {
            return false;
        }

        var kind = (DroppedKind)statement.Row(2).Integer(0);
        var id = statement.Row(2).Integer(1);
        statement.Reset();
        string[] tables = kind == DroppedKind.Index ? ["_cf_item_index"] : ["_cf_items", "_cf_item_ttl", "_cf_item_stream"];
        foreach (var table in tables)
        {
            if (DeleteSome(session, DeleteSql(table), id, 0))
            {
                return true;
            }
        }

        var done = session.Prepare("DELETE FROM _cf_item_dropped WHERE kind = ? AND id = ?");
        session.Check(done.BindInteger(1, (int)kind));
        session.Check(done.BindInteger(2, id));
        session.Step(done);
        return true;
    }

    private static string DeleteSql(string table)
    {
        var (owner, columns) = table switch
        {
            "_cf_item_index" => ("idx", "pk, sk, tie"),
            "_cf_items" => ("tbl", "pk, sk"),
            "_cf_item_ttl" => ("tbl", "at, pk, sk"),
            _ => ("tbl", "seq"),
        };
        return new StringBuilder("DELETE FROM ").Append(table).Append(" WHERE ").Append(owner).Append(" = ?1 AND (")
            .Append(columns).Append(") IN (SELECT ").Append(columns).Append(" FROM ").Append(table).Append(" WHERE ").Append(owner)
            .Append(" = ?1 AND ?2 = 0 LIMIT ?3) RETURNING 1").ToString();
    }

    /// <summary>Removes at most a step of rows; true when there may be more.</summary>
    private static bool DeleteSome(WorkSession session, string sql, long id, long argument)
    {
        var statement = session.Prepare(sql);
        session.Check(statement.BindInteger(1, id));
        session.Check(statement.BindInteger(2, argument));
        session.Check(statement.BindInteger(3, StepRows));
        var count = 0;
        while (session.Step(statement))
        {
            count++;
        }

        return count == StepRows;
    }
}
