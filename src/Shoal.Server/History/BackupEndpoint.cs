using System.Globalization;
using Shoal.Engine;
using Shoal.Engine.History;
using Shoal.Protocol;
using Shoal.Server.Http;

namespace Shoal.Server.History;

/// <summary>Shows that databases can be restored, by restoring a sample of them into scratch files.</summary>
/// <remarks>
/// One at a time: it reads whole databases. An administrator confined to an account sees that account's databases only.
/// </remarks>
internal sealed class BackupEndpoint(DatabaseEngine engine) : IDisposable
{
    private const int SampleMax = 10_000;

    /// <summary>Databases of a sample unless somebody says how many.</summary>
    public const int SampleDefault = 10;

    private readonly SemaphoreSlim _running = new(1);

    public async ValueTask VerifyAsync(Exchange exchange)
    {
        var query = exchange.Http.Request.Query;
        var sample = Number(query["sample"], "sample") ?? SampleDefault;
        var seed = Number(query["seed"], "seed") ?? BackupReport.NewSeed();
        var proof = await ProveAsync(sample, seed, exchange.Caller.Account, exchange.Aborted);
        await Reply.OkAsync(exchange, BackupReport.Of(proof), WireJson.Instance.RestoreProofEnvelope);
    }

    public async Task<RestoreProof> ProveAsync(int sample, int seed, string? account, CancellationToken cancellation)
    {
        if (sample is < 1 or > SampleMax)
        {
            throw RequestException.Malformed(string.Create(CultureInfo.InvariantCulture, $"sample must be from 1 to {SampleMax}"));
        }

        await _running.WaitAsync(cancellation);
        try
        {
            return await engine.TimeTravel.ProveAsync(sample, seed, account, cancellation);
        }
        finally
        {
            _running.Release();
        }
    }

    public void Dispose() => _running.Dispose();

    private static int? Number(string? text, string name) => string.IsNullOrEmpty(text) ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw RequestException.Malformed($"{name} '{text}' is no number");
}
