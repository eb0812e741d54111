using System.CommandLine;
using Npgsql;
using Shoal.Client;

namespace Shoal.Benchmarks.Sync;

/// <summary><c>sync</c>: PostgreSQL to one database per tenant, beside PostgreSQL's own programs that read the same.</summary>
internal static class SyncCommand
{
    private const int WarmUps = 3;
    private const int Lags = 1_000;
    private const int Reads = 5_000;

    public static Command Create()
    {
        var connection = new Option<string>("--connection") { Required = true, Description = "a PostgreSQL with wal_level=logical" };
        var programs = new Option<string>("--programs") { Required = true, Description = "the folder with psql and pg_recvlogical" };
        var url = new Option<string>("--url") { Required = true };
        var token = new Option<string>("--token") { Required = true };
        var rows = new Option<int>("--rows") { DefaultValueFactory = static _ => 1_000_000 };
        var tenants = new Option<int>("--tenants") { DefaultValueFactory = static _ => 100 };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per run" };
        var command = new Command("sync", "PostgreSQL to one database per tenant.") { connection, programs, url, token, rows, tenants, json };
        command.SetAction(async (parsed, stop) =>
        {
            using var client = new ShoalClient(new ShoalClientOptions
            {
                Address = new Uri(parsed.GetValue(url)!), Token = parsed.GetValue(token)!, Account = "bench",
            });
            await using var source = NpgsqlDataSource.Create(parsed.GetValue(connection)!);
            var count = parsed.GetValue(rows);
            var shop = new SyncShop(source, client, parsed.GetValue(connection)!, parsed.GetValue(programs)!, parsed.GetValue(tenants),
                parsed.GetValue(json));

            // The runtime compiles what is used often twice: to see how it is used, and then for good.
            for (var round = 0; round < WarmUps; round++)
            {
                await shop.WarmUpAsync(count / 5, stop);
            }

            await shop.CopyAsync(count, stop);
            await shop.StreamAsync(label: null, 1_000, count / 20, stop);
            await shop.StreamAsync("stream-1000", 1_000, count / 5, stop);
            await shop.StreamAsync("stream-1", 1, count / 10, stop);
            await shop.LagAsync(Lags, stop);
            await shop.ReadAsync(Reads, stop);
        });
        return command;
    }
}
