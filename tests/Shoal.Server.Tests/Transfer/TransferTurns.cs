using Microsoft.Extensions.DependencyInjection;
using Shoal.Protocol;
using Shoal.Server.Transfer;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Transfer;

/// <summary>Lets a test hold up imports and exports.</summary>
internal static class TransferTurns
{
    /// <summary>Takes a turn among the transfers until it is disposed.</summary>
    public static async Task<IDisposable> TakeTransferTurnAsync(this TestServer server) =>
        await server.Server.Services.GetRequiredService<TransferJobs>()
            .TurnAsync(TransferKind.Export, new DatabaseId(Guid.NewGuid()), CancellationToken.None);
}
