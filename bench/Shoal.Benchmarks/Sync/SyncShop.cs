using System.Diagnostics;
using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Shoal.Client;
using Shoal.Load.Report;
using Shoal.Sync;
using Shoal.Sync.Configuration;

namespace Shoal.Benchmarks.Sync;

/// <summary>Products of many tenants in PostgreSQL: fills them, changes them, and measures how they get to the tenants.</summary>
internal sealed class SyncShop(NpgsqlDataSource postgres, ShoalClient client, string connection, string programs, int tenants, string? json)
{
    private const string Peer = "shoal_peer";

    private SourceSettings Settings => SettingsOf("bench", "products", "sync-");

    /// <summary>A copy of fewer rows into other databases, which go again: both programs are compiled for what comes.</summary>
    public async Task WarmUpAsync(int rows, CancellationToken stop)
    {
        await FillAsync("warm", rows, stop);
        await CopyAsync(SettingsOf("warm", "warm", "warm-"), stop);
        await RunAsync("SELECT pg_drop_replication_slot('shoal_warm'); DROP PUBLICATION shoal_warm; DROP TABLE warm", stop);
        for (var tenant = 0; tenant < tenants; tenant++)
        {
            await client.DeleteDatabaseAsync(string.Create(CultureInfo.InvariantCulture, $"warm-{tenant}"), stop);
        }
    }

    /// <summary>The first copy of all tenants.</summary>
    public async Task CopyAsync(int rows, CancellationToken stop)
    {
        await FillAsync("products", rows, stop);
        var from = Stopwatch.GetTimestamp();
        await ProgramAsync("psql", stop, "-h", Host, "-p", Port, "-U", User, "-d", Database, "-c", "COPY products TO STDOUT");
        Report("copy-psql", rows, Stopwatch.GetElapsedTime(from));
        Report("copy", rows, await CopyAsync(Settings, stop));
    }

    private SourceSettings SettingsOf(string name, string table, string prefix) => SyncConfigurationReader.Read(Encoding.UTF8.GetBytes($$$"""
        {"sources": [{"name": "{{{name}}}", "connection": "{{{connection}}}", "tenants": {"database": "{{{prefix}}}{tenant}"},
          "apply": {"statusInterval": "20ms"},
          "tables": [{"table": "{{{table}}}", "route": {"column": "tenant_id"}}]}]}
        """), static _ => null).Sources[0];

    private Task FillAsync(string table, int rows, CancellationToken stop) => RunAsync($"""
            CREATE TABLE {table}(id int8 PRIMARY KEY, tenant_id int4 NOT NULL, name text NOT NULL, price numeric(12,2) NOT NULL,
              active bool NOT NULL, attrs jsonb NOT NULL, updated_at timestamptz NOT NULL);
            INSERT INTO {table} SELECT i, i % {tenants}, 'Product number ' || i, (i % 10000) / 100.0, i % 7 > 0,
              jsonb_build_object('colour', 'c' || i % 13, 'size', i % 40), now() FROM generate_series(1, {rows}) i;
            CREATE UNIQUE INDEX {table}_sync ON {table}(tenant_id, id);
            ALTER TABLE {table} REPLICA IDENTITY USING INDEX {table}_sync;
            VACUUM ANALYZE {table}; CHECKPOINT;
            """, stop);

    private async Task<TimeSpan> CopyAsync(SourceSettings settings, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var source = new SyncSource(settings, client);
        var from = Stopwatch.GetTimestamp();
        var running = source.RunAsync(ending.Token);
        await await Task.WhenAny(source.Ready, running);
        var elapsed = Stopwatch.GetElapsedTime(from);
        await StopAsync(running, ending);
        return elapsed;
    }

    /// <summary>Inserts, updates and deletes of as many rows each, in transactions of a size, that wait when the sync begins.</summary>
    /// <param name="label">What it is called; null for a warm-up, which is not reported.</param>
    /// <param name="size">Rows of a transaction.</param>
    /// <param name="rows">How many are inserted; as many changes and deletions follow.</param>
    /// <param name="stop">Gives up.</param>
    public async Task StreamAsync(string? label, int size, int rows, CancellationToken stop)
    {
        await RunAsync($"SELECT pg_create_logical_replication_slot('{Peer}', 'pgoutput')", stop);
        foreach (var change in (string[])
        [
            $"INSERT INTO products SELECT 100000000 + i, i % {tenants}, 'New product ' || i, 1.25, true, '{{\"colour\": \"c1\", \"size\": 3}}', now() FROM generate_series(n, n + {size - 1}) i",
            $"UPDATE products SET price = price + 1, updated_at = now() WHERE id BETWEEN 100000000 + n AND 100000000 + n + {size - 1}",
            $"DELETE FROM products WHERE id BETWEEN 100000000 + n AND 100000000 + n + {size - 1}",
        ])
        {
            await RunAsync($"""
                SET synchronous_commit = off;
                DO $$ BEGIN FOR n IN 1..{rows} BY {size} LOOP {change}; COMMIT; END LOOP; END $$
                """, stop);
        }

        var end = await PositionAsync(stop);
        var from = Stopwatch.GetTimestamp();
        await ProgramAsync("pg_recvlogical", stop, "-h", Host, "-p", Port, "-U", User, "-d", Database, "--slot", Peer, "--start", "-f", "-",
            "-o", "proto_version=1", "-o", "publication_names=shoal_bench", "--endpos", new NpgsqlLogSequenceNumber(end).ToString());
        Report(label is null ? null : label + "-pg_recvlogical", 3 * rows, Stopwatch.GetElapsedTime(from));
        await RunAsync($"SELECT pg_drop_replication_slot('{Peer}')", stop);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var source = new SyncSource(Settings, client);
        from = Stopwatch.GetTimestamp();
        var running = source.RunAsync(ending.Token);
        await await Task.WhenAny(source.Ready, running);
        while (source.Confirmed < end)
        {
            await await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(5), stop), running);
        }

        Report(label, 3 * rows, Stopwatch.GetElapsedTime(from));
        await StopAsync(running, ending);
    }

    /// <summary>From the end of a commit until a reader of the tenant's database sees it.</summary>
    public async Task LagAsync(int count, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var source = new SyncSource(Settings, client);
        var running = source.RunAsync(ending.Token);
        await await Task.WhenAny(source.Ready, running);
        await using var open = await postgres.OpenConnectionAsync(stop);
        var lags = new List<double>();
        for (var index = -50; index < count; index++)
        {
            var id = 1 + Math.Abs(index);
            await using var command = new NpgsqlCommand($"UPDATE products SET name = 'lag {index}' WHERE id = {id}", open);
            await command.ExecuteNonQueryAsync(stop);
            var committed = Stopwatch.GetTimestamp();
            var statement = client.Database(string.Create(CultureInfo.InvariantCulture, $"sync-{id % tenants}"))
                .Prepare("SELECT name = ? FROM products WHERE id = ?").Bind($"lag {index}", id);
            while ((await statement.AllAsync(static row => row.GetInt64(0), stop))[0] == 0)
            {
                await await Task.WhenAny(Task.Delay(1, stop), running);
            }

            if (index >= 0)
            {
                lags.Add(Stopwatch.GetElapsedTime(committed).TotalMilliseconds);
            }
        }

        Report("lag", lags);
        await StopAsync(running, ending);
    }

    /// <summary>One row by its key, read over HTTP from the tenant's database, and the same from PostgreSQL; one connection each.</summary>
    public async Task ReadAsync(int count, CancellationToken stop)
    {
        var here = new List<double>();
        var there = new List<double>();
        await using var open = await postgres.OpenConnectionAsync(stop);
        await using var command = new NpgsqlCommand("SELECT name, price FROM products WHERE tenant_id = $1 AND id = $2", open)
        {
            Parameters = { new NpgsqlParameter<int>(), new NpgsqlParameter<long>() },
        };
        await command.PrepareAsync(stop);
        for (var index = -200; index < count; index++)
        {
            var id = 1 + ((index + 200) * 7919L % 10_000);
            var from = Stopwatch.GetTimestamp();
            var found = await client.Database(string.Create(CultureInfo.InvariantCulture, $"sync-{id % tenants}"))
                .Prepare("SELECT name, price FROM products WHERE id = ?").Bind(id).AllAsync(static row => row.GetString(0), stop);
            var local = Stopwatch.GetElapsedTime(from);
            from = Stopwatch.GetTimestamp();
            command.Parameters[0].Value = (int)(id % tenants);
            command.Parameters[1].Value = id;
            var expected = (string?)await command.ExecuteScalarAsync(stop);
            var remote = Stopwatch.GetElapsedTime(from);
            if (found.Count != 1 || found[0] != expected)
            {
                throw new InvalidOperationException($"the row {id} is not as in PostgreSQL");
            }

            if (index >= 0)
            {
                here.Add(local.TotalMilliseconds);
                there.Add(remote.TotalMilliseconds);
            }
        }

        Report("read", here);
        Report("read-postgresql", there);
    }

    private void Report(string label, List<double> milliseconds)
    {
        milliseconds.Sort();
        var (half, most) = (milliseconds[milliseconds.Count / 2], milliseconds[milliseconds.Count * 99 / 100]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sync/{label,-28} p50 {half:N2} ms p99 {most:N2} ms"));
        Measurement.Append(json, "sync/" + label, new { p50Milliseconds = Math.Round(half, 2), p99Milliseconds = Math.Round(most, 2) });
    }

    private string Host => new NpgsqlConnectionStringBuilder(connection).Host!;

    private string Port => new NpgsqlConnectionStringBuilder(connection).Port.ToString(CultureInfo.InvariantCulture);

    private string User => new NpgsqlConnectionStringBuilder(connection).Username!;

    private string Database => new NpgsqlConnectionStringBuilder(connection).Database!;

    /// <summary>Ends a run, and waits until PostgreSQL lets go of the slot.</summary>
    private async Task StopAsync(Task running, CancellationTokenSource ending)
    {
        await ending.CancelAsync();
        await running;
        await using var open = await postgres.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_replication_slots WHERE active", open);
        while ((long)(await command.ExecuteScalarAsync())! > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    private async Task<ulong> PositionAsync(CancellationToken stop)
    {
        await using var open = await postgres.OpenConnectionAsync(stop);
        await using var command = new NpgsqlCommand("SELECT pg_current_wal_insert_lsn()", open);
        return (ulong)(NpgsqlLogSequenceNumber)(await command.ExecuteScalarAsync(stop))!;
    }

    private async Task RunAsync(string sql, CancellationToken stop)
    {
        await using var open = await postgres.OpenConnectionAsync(stop);

        // One at a time: some of them must not run in the transaction that several would share.
        foreach (var one in sql.Contains("DO $$", StringComparison.Ordinal)
            ? sql.Split(";\n", 2) : sql.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using var command = new NpgsqlCommand(one, open) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(stop);
        }
    }

    /// <summary>Runs one of PostgreSQL's programs; what it prints goes nowhere.</summary>
    private async Task ProgramAsync(string name, CancellationToken stop, params string[] arguments)
    {
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$@\" >/dev/null", "sh", Path.Combine(programs, name), .. arguments])
        {
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(stop);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{name} failed with {process.ExitCode}");
        }
    }

    private void Report(string? label, int rows, TimeSpan elapsed)
    {
        if (label is null)
        {
            return;
        }

        var perSecond = rows / elapsed.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sync/{label,-28} {rows,10:N0} rows  {perSecond,12:N0} rows/s"));
        Measurement.Append(json, "sync/" + label, new
        {
            rows, seconds = Math.Round(elapsed.TotalSeconds, 4), rowsPerSecond = Math.Round(perSecond),
        });
    }
}
