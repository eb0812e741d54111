using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Values;

namespace Shoal.Sync.Streaming;

/// <summary>Says for every row of the stream which tenants it concerns, and what becomes of it there.</summary>
/// <remarks>Thread: the stream's.</remarks>
internal sealed class TransactionRouter(LaneContext context, TenantDirectory directory, RowFetcher fetcher)
{
    private readonly ParentMap _parents = new(fetcher);
    private readonly Dictionary<string, RelationPlan> _relations = new(StringComparer.Ordinal);

    /// <summary>What the transaction holds so far.</summary>
    public TransactionParts Parts { get; } = new();

    public ulong CommitLsn { get; set; }

    public void Announce(RelationPlan relation) => _relations[relation.Table.Settings.FullName] = relation;

    public async ValueTask InsertAsync(RelationPlan relation, string?[] row, CancellationToken cancellation)
    {
        var tenant = await TenantAsync(relation, row, cancellation);
        NoteParent(relation, row, tenant);
        await PutAsync(relation, tenant, relation.KeyOf(row), row);
    }

    /// <param name="relation">The table.</param>
    /// <param name="old">The old row or its key; null when the identity did not change.</param>
    /// <param name="row">The new row.</param>
    /// <param name="cancellation">Ends the run.</param>
    public async ValueTask UpdateAsync(RelationPlan relation, string?[]? old, string?[] row, CancellationToken cancellation)
    {
        if (old is not null && relation.HasWholeOldRow)
        {
            relation.Complete(row, old);
        }

        var key = relation.KeyOf(row);
        var tenant = await TenantAsync(relation, row, cancellation);
        var oldKey = old is null ? key : relation.KeyOf(old);
        var oldTenant = old is null ? tenant : await TenantAsync(relation, old, cancellation);
        if (key != oldKey || tenant != oldTenant)
        {
            if (row.Any(SourceRow.IsUnchanged) && await fetcher.FindAsync(relation, row, cancellation) is { } now)
            {
                relation.Complete(row, now);
            }

            // A row that is gone by now: what is missing is NULL until its deletion comes.
            for (var index = 0; index < row.Length; index++)
            {
                row[index] = SourceRow.IsUnchanged(row[index]) ? null : row[index];
            }

            RemoveFrom(relation, oldTenant, oldKey, old!);
            if (tenant != oldTenant && tenant is not null && oldTenant is not null)
            {
                context.Progress.Counters.Move();
                Parts.Givers.Add(oldTenant);
                Parts.Receivers.Add(tenant);
            }
        }
        else if (row.Any(SourceRow.IsUnchanged))
        {
            context.Progress.Counters.PartialUpdate();
        }

        NoteParent(relation, row, tenant);
        await PutAsync(relation, tenant, key, row);
        if (tenant != oldTenant && oldTenant is not null)
        {
            await MoveChildrenAsync(relation, row, oldTenant, tenant, cancellation);
        }
    }

    public async ValueTask DeleteAsync(RelationPlan relation, string?[] old, CancellationToken cancellation)
    {
        var tenant = await TenantAsync(relation, old, cancellation);
        RemoveFrom(relation, tenant, relation.KeyOf(old), old);
    }

    public void Truncate(RelationPlan relation)
    {
        if (relation.Table.Settings.AppliesTruncate)
        {
            foreach (var name in relation.Table.Route.Kind == RouteKind.Single ? [relation.Table.Route.Tenant] : directory.Names)
            {
                if (Parts.Count(name, context.Settings.Apply.MaxTransactionRows))
                {
                    Parts.Of(name).Truncate(relation.Table);
                }
            }
        }
    }

    private async ValueTask<string?> TenantAsync(RelationPlan relation, string?[] row, CancellationToken cancellation) =>
        relation.Table.Route.Kind switch
        {
            RouteKind.Column => relation.RouteOf(row),
            RouteKind.Lookup => await _parents.FindAsync(relation.Table, relation.RouteOf(row), cancellation),
            RouteKind.Single => relation.Table.Route.Tenant,
            RouteKind.Broadcast => null,
        };

    private async ValueTask PutAsync(RelationPlan relation, string? tenant, string key, string?[] row)
    {
        RowChange change;
        try
        {
            change = relation.Upsert(row);
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            context.Progress.Counters.DeadLetter();
            await context.PersistAsync(() => context.Store.AddDeadLetterAsync(tenant ?? "", relation.Table.Name, "Upsert", key,
                error.Message, CommitLsn, context.Stopping));
            return;
        }

        if (relation.Table.Route.Kind == RouteKind.Broadcast)
        {
            foreach (var name in directory.Names)
            {
                Add(name, relation, key, change);
            }
        }
        else if (tenant is null)
        {
            context.Progress.Counters.Unroute();
        }
        else
        {
            Add(tenant, relation, key, change);
        }
    }

    private void RemoveFrom(RelationPlan relation, string? tenant, string key, string?[] old)
    {
        var change = relation.Delete(old);
        if (tenant is not null)
        {
            Add(tenant, relation, key, change);
        }
        else if (relation.Table.Route.Kind is RouteKind.Broadcast or RouteKind.Lookup)
        {
            // The parent is gone, so nobody knows whose the row was; its key is nobody else's.
            foreach (var name in directory.Names)
            {
                Add(name, relation, key, change);
            }
        }
    }

    private void Add(string tenant, RelationPlan relation, string key, RowChange change)
    {
        if (Parts.Count(tenant, context.Settings.Apply.MaxTransactionRows))
        {
            Parts.Of(tenant).Add(relation.Table, key, change);
        }
    }

    private IEnumerable<RelationPlan> ChildrenOf(RelationPlan parent) => context.Plan.Tables
        .Where(table => table.Route.Kind == RouteKind.Lookup && table.Route.Parent == parent.Table.Settings.FullName)
        .Select(table => _relations.GetValueOrDefault(table.Settings.FullName) ?? RelationPlan.OfTable(table));

    private void NoteParent(RelationPlan relation, string?[] row, string? tenant)
    {
        if (relation.IsParent)
        {
            _parents.Set(relation.Table.Settings.FullName, relation.KeyOf(row), tenant);
        }
    }

    /// <summary>The children of a parent that moves are not in the stream: they have not changed.</summary>
    private async ValueTask MoveChildrenAsync(RelationPlan parent, string?[] row, string oldTenant, string? tenant,
        CancellationToken cancellation)
    {
        if (!parent.IsParent)
        {
            return;
        }

        var key = parent.KeyOf(row);
        foreach (var child in ChildrenOf(parent))
        {
            var column = child.Table.Columns.ToList().FindIndex(one => one.Name == child.Table.Route.ChildColumn);
            if (column >= 0)
            {
                var value = ValueConverter.Convert(key, child.Table.Columns[column].Type);
                Parts.Of(oldTenant).Of(child.Table).RemoveChildren(column, value);
            }

            foreach (var one in await fetcher.ChildrenAsync(child, key, cancellation))
            {
                await PutAsync(child, tenant, child.KeyOf(one), one);
            }
        }
    }
}
