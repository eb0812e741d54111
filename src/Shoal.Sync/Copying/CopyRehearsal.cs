using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Postgres;
using Shoal.Sync.State;
using Shoal.Sync.Verification;

namespace Shoal.Sync.Copying;

/// <summary>
/// Copies a tenant into a database that is thrown away, and compares it with PostgreSQL as of the same moment: proves that a copy
/// would succeed and be right before one is needed.
/// </summary>
internal sealed class CopyRehearsal(SourceSettings settings, SourceServer server, LaneContext context, TenantDirectory directory)
{
    private readonly TenantCopier _copier = new(server, context, directory);

    private string Database => "sync-shadow-" + settings.Name.Replace('_', '-');

    /// <returns>Rows, and what is wrong: why the database refused them, or how many differ.</returns>
    public async Task<(long Rows, string? Problem)> RunAsync(string tenant, CancellationToken cancellation)
    {
        await DropAsync(cancellation);
        try
        {
            // Not given up halfway: a server that went on with it would have a database that is not dropped below.
            await context.Client.GetOrCreateDatabaseAsync(Database, CancellationToken.None);
            var writer = new TenantWriter(tenant, context, Database);
            var lane = new TenantLane(tenant, context, writer, new TenantState(0, null, "", IsCopied: false));
            var differing = 0;
            var (rows, failure) = await _copier.RehearseAsync(lane, async (connection, table) =>
            {
                var (_, found) = await SyncVerifier.DifferencesAsync(connection, context.Client.Database(Database), tenant, table,
                    cancellation);
                differing += found.Count;
            }, cancellation);
            return (rows, failure ?? (differing > 0 ? $"{differing} rows of the copy differ" : null));
        }
        finally
        {
            await DropAsync(CancellationToken.None);
        }
    }

    private async Task DropAsync(CancellationToken cancellation)
    {
        if (await context.Client.FindDatabaseAsync(Database, cancellation) is not null)
        {
            await context.Client.DeleteDatabaseAsync(Database, cancellation);
        }
    }
}
