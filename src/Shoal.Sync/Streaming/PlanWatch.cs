using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;

namespace Shoal.Sync.Streaming;

/// <summary>
/// Looks now and then whether the tables are still as they were planned. The stream tells that only with the next row: not of a
/// table that was made anew outside of the publication, nor of a column that nobody has written yet.
/// </summary>
internal sealed class PlanWatch(SourceSettings settings, SourceServer server, SyncPlan plan)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Watches until it is cancelled, or PostgreSQL can not be asked.</summary>
    /// <exception cref="SchemaChangedException">The run must begin again with a new plan.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            var builder = new PlanBuilder(settings, server);
            var now = await builder.BuildAsync(cancellation);
            if (builder.Problems.FirstOrDefault(static problem => problem.IsFatal) is { } problem)
            {
                throw new SchemaChangedException(problem.Subject);
            }

            if (now.SchemaHash != plan.SchemaHash)
            {
                throw new SchemaChangedException(now.Tables.Zip(plan.Tables)
                    .First(static pair => !pair.First.Source.IsAs(pair.Second.Source)).First.Settings.FullName);
            }
        }
    }
}
