using System.Collections.Frozen;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Usage;
using Shoal.Items;
using Shoal.Server.D1;
using Shoal.Server.Items.Auth;
using Shoal.Server.Metrics;
using Shoal.Server.Usage;

namespace Shoal.Server.Items;

/// <summary>Counts requests for items as those for SQL are counted: in metrics, and in usage by database and caller.</summary>
/// <remarks>
/// An operation is one statement of its database, with the name of the operation, such as <c>(items PutItem)</c>. The caller is
/// the access key where the server knows it. Thread: safe for any.
/// </remarks>
internal sealed class ItemsMeter(DatabaseEngine engine, ServerOptions options, UsageMeter usage, ServerMetrics metrics)
{
    private static readonly FrozenDictionary<string, StatementFingerprint> Statements = ItemsOperations.Items.Keys
        .Concat(ItemsOperations.Streams.Keys).ToFrozenDictionary(
            static name => name, static name => StatementFingerprint.Named($"(items {name})"), StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Routes = Statements.Keys.ToFrozenDictionary(
        static name => name, static name => "items/" + name, StringComparer.Ordinal);

    /// <summary>Whoever comes without an access key that the server knows.</summary>
    private readonly TokenRecord _anyone = Caller("items", "items endpoint", options.DefaultAccount);

    public void Started() => metrics.RequestStarted();

    /// <summary>Adds a request that is answered to the metrics.</summary>
    public void Completed(ItemsRequest request, string method, int status, TimeSpan time) =>
        metrics.RequestCompleted(method, request.Operation is { } operation ? Routes[operation] : ServerMetrics.NoRoute, status, time);

    /// <summary>Adds a request, done or refused, to usage.</summary>
    /// <param name="request">What is known of it.</param>
    /// <param name="responseBytes">Size of its reply.</param>
    /// <param name="time">From its start until it was durable.</param>
    public void Count(ItemsRequest request, long responseBytes, TimeSpan time)
    {
        if (request.Operation is not { } operation || request.Database is not { } items
            || engine.FindDatabase(items.Id) is not { } database)
        {
            return;
        }

        var costs = request.Costs;
        ItemUsage[] done = !request.IsDone ? []
            : [new ItemUsage(costs.Reads, costs.Writes, costs.RowsRead, costs.RowsWritten, RowsReturned: 0, costs.Duration)
            {
                Changes = costs.Changes,
                SizeAfterBytes = costs.SizeAfterBytes,
            }];

        // Two items, so that it never counts as a statement alone in its request, of which there should be fewer.
        usage.RecordNamed(new MeteredRequest(database, request.Key?.Caller ?? _anyone, [default, default], done,
            request.IsDone ? responseBytes : 0, time), Statements[operation]);
        if (request.IsDone && costs.Writes > 0)
        {
            metrics.Wrote(costs.Changes, time);
        }
    }

    /// <summary>An access key as usage knows callers.</summary>
    public static TokenRecord Caller(string id, string name, string account) =>
        new(id, name, account, Databases: [], TokenPermission.Write, DateTimeOffset.UnixEpoch, ExpiresAt: null);
}
