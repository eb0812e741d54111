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
        await LearnAsync(relation, relation.KeyOf(row), tenant, tenant, cancellation);
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
        if (key != oldKey || tenant != oldTenant || (old is not null && HasOtherParent(relation, old, row)))
        {
            await CompleteAsync(relation, row, oldTenant, tenant, cancellation);

            // A row that is gone by now: what is missing is NULL until its deletion comes.
            for (var index = 0; index < row.Length; index++)
            {
                row[index] = SourceRow.IsUnchanged(row[index]) ? null : row[index];
            }

            await RemoveFromAsync(relation, oldTenant, oldKey, old!);
            if (tenant != oldTenant && tenant is not null && oldTenant is not null)
            {
                context.Progress.Counters.Move();
                Parts.Givers.Add(oldTenant);
                Parts.Receivers.Add(tenant);
            }
        }
        else if (SourceRow.IsPartial(row))
        {
            context.Progress.Counters.PartialUpdate();
        }

        if (key != oldKey)
        {
            await LearnAsync(relation, oldKey, oldTenant, oldTenant, cancellation);
        }

        await LearnAsync(relation, key, oldTenant, tenant, cancellation);
        await PutAsync(relation, tenant, key, row);
        if (tenant != oldTenant && oldTenant is not null && relation.IsParent)
        {
            await MoveChildrenAsync(relation, key, oldTenant, tenant, cancellation);
        }
    }

    public async ValueTask DeleteAsync(RelationPlan relation, string?[] old, CancellationToken cancellation)
    {
        var tenant = await TenantAsync(relation, old, cancellation);
        var key = relation.KeyOf(old);
        if (relation.IsParent && _parents.Set(relation.Table.Settings.FullName, key, tenant).Known is { } astray && astray != tenant)
        {
            RemoveChildren(relation, key, astray);
            if (tenant is not null)
            {
                RemoveChildren(relation, key, tenant);
            }
        }

        await RemoveFromAsync(relation, tenant, key, old);
    }

    public void Truncate(RelationPlan relation)
    {
        if (relation.Table.Settings.AppliesTruncate)
        {
            foreach (var name in relation.Table.Route.Kind == RouteKind.Single ? [relation.Table.Route.Tenant] : directory.Names)
            {
                if (Parts.Count(name, 0, context.Settings.Apply.MaxTransactionRows))
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
            await PutAsideAsync(relation, tenant, RowChangeKind.Upsert, key, error);
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

    private async ValueTask RemoveFromAsync(RelationPlan relation, string? tenant, string key, string?[] old)
    {
        RowChange change;
        try
        {
            change = relation.Delete(old);
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            await PutAsideAsync(relation, tenant, RowChangeKind.Delete, key, error);
            return;
        }

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

    /// <summary>What can not be stored as the plan says is put aside, unless a copy has it.</summary>
    private async ValueTask PutAsideAsync(RelationPlan relation, string? tenant, RowChangeKind kind, string key, Exception error)
    {
        if (!relation.IsOutdated)
        {
            context.Progress.Counters.DeadLetter();
            await context.PersistAsync(() => context.Store.AddDeadLetterAsync(tenant ?? "", relation.Table.Name, kind.ToString(), key,
                error.Message, CommitLsn, context.Stopping));
        }
    }

    private void Add(string tenant, RelationPlan relation, string key, RowChange change)
    {
        if (Parts.Count(tenant, change.Bytes, context.Settings.Apply.MaxTransactionRows))
        {
            Parts.Of(tenant).Add(relation.Table, key, change);
        }
    }

    private IEnumerable<RelationPlan> ChildrenOf(RelationPlan parent) => context.Plan.Tables
        .Where(table => table.Route.Kind == RouteKind.Lookup && table.Route.Parent == parent.Table.Settings.FullName)
        .Select(table => _relations.GetValueOrDefault(table.Settings.FullName) ?? RelationPlan.OfTable(table));

    private static bool HasOtherParent(RelationPlan relation, string?[] old, string?[] row) =>
        relation.Table.Route.Kind == RouteKind.Lookup && relation.RouteOf(old) != relation.RouteOf(row);

    /// <summary>Notes where a parent is.</summary>
    /// <remarks>
    /// Who asks PostgreSQL hears where the parent is now, which may be later than the stream. Its children went there; here it
    /// shows, and they come back. Children that were there before their parent had no tenant; now they have one.
    /// </remarks>
    /// <param name="relation">Any table.</param>
    /// <param name="key">The row's key.</param>
    /// <param name="before">Where the stream says that it was.</param>
    /// <param name="tenant">Where it is.</param>
    /// <param name="cancellation">Ends the run.</param>
    private async ValueTask LearnAsync(RelationPlan relation, string key, string? before, string? tenant,
        CancellationToken cancellation)
    {
        if (!relation.IsParent)
        {
            return;
        }

        var (known, wasMissing) = _parents.Set(relation.Table.Settings.FullName, key, tenant);
        var astray = known == before ? null : known;
        if (astray is not null || wasMissing)
        {
            await MoveChildrenAsync(relation, key, astray, tenant, cancellation);
        }
    }

    /// <summary>Reads large values that did not come along, for a tenant that does not have them.</summary>
    private async ValueTask CompleteAsync(RelationPlan relation, string?[] row, string? oldTenant, string? tenant,
        CancellationToken cancellation)
    {
        try
        {
            if (SourceRow.IsPartial(row) && await fetcher.FindAsync(relation, row, cancellation) is { } now)
            {
                relation.Complete(row, now);
            }
        }
        catch (CommitHiddenException)
        {
            Parts.Hide(oldTenant, tenant);
        }
    }

    private void RemoveChildren(RelationPlan parent, string key, string tenant)
    {
        foreach (var child in ChildrenOf(parent).Where(static child => child.Table.ChildColumn >= 0))
        {
            RemoveRows(child, key, tenant);
        }
    }

    private void RemoveRows(RelationPlan child, string key, string tenant) => Parts.Of(tenant).Of(child.Table)
        .RemoveChildren(ValueConverter.Convert(key, child.Table.Columns[child.Table.ChildColumn].Type));

    /// <summary>The children of a parent that moves are not in the stream: they have not changed.</summary>
    private async ValueTask MoveChildrenAsync(RelationPlan parent, string key, string? oldTenant, string? tenant,
        CancellationToken cancellation)
    {
        foreach (var child in ChildrenOf(parent))
        {
            if (oldTenant is not null && child.Table.ChildColumn >= 0)
            {
                RemoveRows(child, key, oldTenant);
            }

            try
            {
                foreach (var one in await fetcher.ChildrenAsync(child, key, cancellation))
                {
                    await PutAsync(child, tenant, child.KeyOf(one), one);
                }
            }
            catch (CommitHiddenException)
            {
                Parts.Hide(oldTenant, tenant);
            }
        }
    }
}
