using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Shoal.Client;

namespace Shoal.Cli.Syncing.Demo;

/// <summary>Measures from the end of a commit in PostgreSQL until a reader of the tenant's database sees it.</summary>
/// <remarks>Thread: one caller of <see cref="RunAsync"/>, any of <see cref="Take"/>.</remarks>
internal sealed class LagProbe(ShoalClient client, string connectionString, int tenants)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private List<TimeSpan> _lags = [];

    /// <summary>Half of the lags since the last call were at most the first, all at most the second.</summary>
    public (TimeSpan Half, TimeSpan Most) Take()
    {
        List<TimeSpan> lags;
        lock (_gate)
        {
            (lags, _lags) = (_lags, []);
        }

        lags.Sort();
        return lags.Count == 0 ? default : (lags[lags.Count / 2], lags[^1]);
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(stopping);
        for (var turn = 0; ; turn++)
        {
            var tenant = 1 + (turn % tenants);
            await using var command = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture,
                $"INSERT INTO feature_flags VALUES ({tenant}, 'probe_{turn}', true)"), connection);
            await command.ExecuteNonQueryAsync(stopping);
            var committed = Stopwatch.GetTimestamp();
            var statement = client.Database(string.Create(CultureInfo.InvariantCulture, $"shop-{tenant}"))
                .Prepare("SELECT 1 FROM feature_flags WHERE tenant_id = ? AND name = ?")
                .Bind(tenant, string.Create(CultureInfo.InvariantCulture, $"probe_{turn}"));
            while ((await statement.AllAsync(static row => row.GetInt64(0), stopping)).Count == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), stopping);
            }

            lock (_gate)
            {
                _lags.Add(Stopwatch.GetElapsedTime(committed));
            }

            await Task.Delay(Pause, stopping);
        }
    }
}
