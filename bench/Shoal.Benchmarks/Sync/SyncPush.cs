using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Npgsql;
using Shoal.Client;
using Shoal.Load.Report;

namespace Shoal.Benchmarks.Sync;

/// <summary>Messages into the push queue of a sync over HTTP, beside the same rows into a table of PostgreSQL.</summary>
internal sealed class SyncPush(NpgsqlDataSource postgres, ShoalClient client, Uri address, int tenants, string? json)
{
    private const int BatchMessages = 100;
    private const int Callers = 4;

    /// <summary>The source's name in the configuration of the sync that listens.</summary>
    private const string Source = "push";

    public async Task RunAsync(int messages, CancellationToken stop)
    {
        using var http = new HttpClient();
        await PushAsync(http, from: 0, messages / 5, stop);
        await SettleAsync(stop);
        var began = Stopwatch.GetTimestamp();
        var calls = await PushAsync(http, messages / 5, messages, stop);
        Report("push", messages, Stopwatch.GetElapsedTime(began), calls);
        await SettleAsync(stop);
        Report("push-applied", messages, Stopwatch.GetElapsedTime(began), []);

        await using (var command = postgres.CreateCommand("CREATE TABLE queue(seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
            + "tenant text NOT NULL, tbl text NOT NULL, operation text NOT NULL, data jsonb NOT NULL, due timestamptz NOT NULL); "
            + "CREATE INDEX ON queue(due, tenant); CREATE INDEX ON queue(tenant, seq)"))
        {
            await command.ExecuteNonQueryAsync(stop);
        }

        await InsertAsync(from: 0, messages / 5, stop);
        began = Stopwatch.GetTimestamp();
        calls = await InsertAsync(messages / 5, messages, stop);
        Report("push-postgresql", messages, Stopwatch.GetElapsedTime(began), calls);
    }

    private Task<List<double>> PushAsync(HttpClient http, int from, int count, CancellationToken stop) => CallAsync(from, count, async first =>
    {
        var body = new StringBuilder("{\"messages\":[");
        for (var id = first; id < first + BatchMessages; id++)
        {
            body.Append(CultureInfo.InvariantCulture, $$"""
                {{(id > first ? "," : "")}}{"tenantId":"{{id % tenants}}","table":"items","operation":"upsert","data":{{Data(id)}}}
                """);
        }

        using var content = new StringContent(body.Append("]}").ToString(), Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri(address, $"sync/{Source}/messages"), content, stop);
        if (response.StatusCode != HttpStatusCode.Accepted)
        {
            throw new InvalidOperationException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(stop)}");
        }
    });

    private Task<List<double>> InsertAsync(int from, int count, CancellationToken stop) => CallAsync(from, count, async first =>
    {
        await using var command = postgres.CreateCommand("INSERT INTO queue(tenant, tbl, operation, data, due) "
            + "SELECT t, 'items', 'upsert', d::jsonb, now() FROM unnest($1::text[], $2::text[]) AS one(t, d)");
        var ids = Enumerable.Range(first, BatchMessages);
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = ids.Select(id => (id % tenants).ToString(CultureInfo.InvariantCulture)).ToArray(),
        });
        command.Parameters.Add(new NpgsqlParameter { Value = ids.Select(Data).ToArray() });
        await command.ExecuteNonQueryAsync(stop);
    });

    private static string Data(int id) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"id":{{id}},"name":"Product number {{id}}","amount":{{id % 1000}}}""");

    /// <summary>Calls with the first number of each batch, some at a time; their times in milliseconds.</summary>
    private static async Task<List<double>> CallAsync(int from, int count, Func<int, Task> call)
    {
        var times = new List<double>();
        var next = from - BatchMessages;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (int first; (first = Interlocked.Add(ref next, BatchMessages)) < from + count;)
            {
                var began = Stopwatch.GetTimestamp();
                await call(first);
                lock (times)
                {
                    times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                }
            }
        })));
        return times;
    }

    /// <summary>Waits until all messages have been applied.</summary>
    private async Task SettleAsync(CancellationToken stop)
    {
        var waiting = client.Database("sync-" + Source)
            .Prepare("SELECT EXISTS (SELECT 1 FROM queue_messages WHERE due_ms < 9223372036854775807)");
        while (await waiting.FirstAsync(static row => row.GetInt64(0), stop) != 0)
        {
            await Task.Delay(20, stop);
        }
    }

    private void Report(string label, int messages, TimeSpan elapsed, List<double> calls)
    {
        calls.Sort();
        var perSecond = messages / elapsed.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sync/{label,-28} {messages,10:N0} rows  {perSecond,12:N0} rows/s"));
        Measurement.Append(json, "sync/" + label, new
        {
            rows = messages,
            seconds = Math.Round(elapsed.TotalSeconds, 4),
            rowsPerSecond = Math.Round(perSecond),
            p50Milliseconds = calls.Count > 0 ? Math.Round(calls[calls.Count / 2], 2) : (double?)null,
            p99Milliseconds = calls.Count > 0 ? Math.Round(calls[calls.Count * 99 / 100], 2) : (double?)null,
        });
    }
}
