using Shoal.Items.Storage;

namespace Shoal.Items.Tables;

/// <summary>Creates, changes and removes tables, inside of a transaction of the database.</summary>
internal static class TableChanges
{
    /// <summary>Creates a table.</summary>
    /// <exception cref="ItemException">The name is taken.</exception>
    public static ItemTable Create(ItemTransaction transaction, ItemTable table, TimeProvider time, Guid uuid)
    {
        transaction.Session.Execute(ItemSchema.Create);
        if (transaction.Tables.Find(table.Name) is not null)
        {
            throw new ItemException(ItemErrorKind.ResourceInUse, $"Table already exists: {table.Name}");
        }

        var now = time.GetUtcNow();
        var created = table with
        {
            Id = transaction.Tables.Next("table"),
            Uuid = uuid,
            CreatedAt = now,
            PayPerRequestSince = table.PayPerRequest ? now : null,
            StreamSince = table.Stream is null ? null : now,
            Indexes = [.. table.Indexes.OrderBy(static index => !index.IsLocal)
                .Select(index => index with { Id = transaction.Tables.Next("index"), State = IndexState.Active })],
        };
        transaction.Tables.Save(created);
        return created;
    }

    /// <summary>Changes a table.</summary>
    /// <returns>The table as it was and as it is.</returns>
    /// <exception cref="ItemException">There is none.</exception>
    public static (ItemTable Old, ItemTable New) Update(ItemTransaction transaction, string name, Func<ItemTable, ItemTable> change)
    {
        var old = Find(transaction, name);
        var changed = change(old);
        if (changed != old)
        {
            changed = changed with
            {
                Indexes = [.. changed.Indexes.Select(index => index.Id != 0 ? index
                    : index with { Id = transaction.Tables.Next("index") })],
            };
            transaction.Tables.Save(changed);
        }

        return (old, changed);
    }

    /// <summary>Removes a table; its items are removed later.</summary>
    /// <exception cref="ItemException">There is none, or it is protected.</exception>
    public static ItemTable Delete(ItemTransaction transaction, string name)
    {
        var table = Find(transaction, name);
        if (table.DeletionProtection)
        {
            throw ItemException.Validation($"Resource cannot be deleted as it is currently protected against deletion. "
                + "Disable deletion protection first.");
        }

        transaction.Tables.Remove(table);
        return table;
    }

    /// <summary>A table by name, for operations on tables, which name it in their error.</summary>
    /// <exception cref="ItemException">There is none.</exception>
    public static ItemTable Find(ItemTransaction transaction, string name) => transaction.Tables.Find(name)
        ?? throw new ItemException(ItemErrorKind.ResourceNotFound, $"Requested resource not found: Table: {name} not found");
}
