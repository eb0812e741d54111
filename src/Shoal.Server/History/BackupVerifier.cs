using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Shoal.Server.History;

/// <summary>Restores a random sample now and then, so that the metric of the last proof stays young.</summary>
internal sealed class BackupVerifier(BackupEndpoint backup, ServerOptions options, ILogger<BackupVerifier> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.BackupVerifyInterval is not { } interval)
        {
            return;
        }

        using var timer = new PeriodicTimer(interval, options.TimeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await VerifyAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
            return;
        }
    }

    private async Task VerifyAsync(CancellationToken cancellation)
    {
        try
        {
            var proof = await backup.ProveAsync(BackupEndpoint.SampleDefault, BackupReport.NewSeed(), account: null, cancellation);
            logger.BackupVerified(proof.Checks.Count, proof.FailureCount, proof.Seed);
        }
#pragma warning disable CA1031 // a boundary: what fails once is tried again, and the server goes on
        catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
        {
            logger.BackupNotVerified(error);
        }
    }
}
