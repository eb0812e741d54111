using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Shoal.Load.Machine;
using Shoal.Load.Report;

namespace Shoal.Load.Databases;

/// <summary>Creates many databases, writes a row in each, and finds the rows again.</summary>
/// <remarks>Every database's row holds the database's own number, so that a mix-up is found, too.</remarks>
internal sealed class DatabasesScenario : IDisposable
{
    private readonly HttpClient _http;
    private readonly int _clients;
    private readonly int _serverProcess;
    private readonly string? _json;

    public DatabasesScenario(string url, string token, int clients, int serverProcess, string? json)
    {
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = clients })
        {
            BaseAddress = new Uri(new Uri(url), "/client/v4/accounts/bench/d1/database/"),
            Timeout = TimeSpan.FromSeconds(60),
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _clients = clients;
        _serverProcess = serverProcess;
        _json = json;
    }

    /// <summary>Creates databases and writes one row in each.</summary>
    public async Task FillAsync(
        string idsFile, int count, string? schema, bool writeRows, CancellationToken cancellation)
    {
        var ids = new string[count];
        var prefix = $"d{Environment.ProcessId:x}";
        var start = Stopwatch.GetTimestamp();
        await EachAsync(count, async index => ids[index] = await CreateAsync($"{prefix}-{index}"), cancellation);
        Report("create", count, lost: 0, Stopwatch.GetElapsedTime(start));
        await File.WriteAllLinesAsync(idsFile, ids, cancellation);
        if (schema is not null)
        {
            await EachAsync(count, async index => await QueryAsync(ids[index], schema), cancellation);
        }

        if (writeRows)
        {
            start = Stopwatch.GetTimestamp();
            await EachAsync(count, async index => await QueryAsync(ids[index],
                $"CREATE TABLE own(id INTEGER PRIMARY KEY, number INTEGER); INSERT INTO own(number) VALUES ({index})"),
                cancellation);
            Report("write", count, lost: 0, Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Reads the row of each database; 1 when one is missing.</summary>
    public async Task<int> VerifyAsync(string idsFile, CancellationToken cancellation)
    {
        var ids = await File.ReadAllLinesAsync(idsFile, cancellation);
        var lost = 0;
        var start = Stopwatch.GetTimestamp();
        await EachAsync(ids.Length, async index =>
        {
            using var reply = await QueryAsync(ids[index], "SELECT number FROM own");
            var rows = reply.RootElement.GetProperty("result")[0].GetProperty("results");
            if (rows.GetArrayLength() != 1 || rows[0].GetProperty("number").GetInt32() != index)
            {
                Interlocked.Increment(ref lost);
            }
        }, cancellation);
        Report("read", ids.Length, lost, Stopwatch.GetElapsedTime(start));
        return lost == 0 ? 0 : 1;
    }

    public void Dispose() => _http.Dispose();

    private Task EachAsync(int count, Func<int, Task> work, CancellationToken cancellation) => Parallel.ForAsync(0, count,
        new ParallelOptions { MaxDegreeOfParallelism = _clients, CancellationToken = cancellation },
        async (index, _) => await work(index));

    private async Task<string> CreateAsync(string name)
    {
        using var reply = await SendAsync("", new { name });
        return reply.RootElement.GetProperty("result").GetProperty("uuid").GetString()!;
    }

    private Task<JsonDocument> QueryAsync(string id, string sql) => SendAsync($"{id}/query", new { sql });

    private async Task<JsonDocument> SendAsync<T>(string path, T body)
    {
        // The base address ends with a slash for the sake of what follows it; the collection itself has none.
        var address = path.Length == 0 ? new Uri(_http.BaseAddress!.ToString().TrimEnd('/')) : new Uri(path, UriKind.Relative);
        using var response = await _http.PostAsJsonAsync(address, body);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(text)
            : throw new HttpRequestException($"{(int)response.StatusCode}: {text}");
    }

    private void Report(string phase, int count, int lost, TimeSpan elapsed)
    {
        var resident = _serverProcess == 0 ? 0 : ProcessTree.ResidentBytes(_serverProcess);
        var descriptors = _serverProcess == 0 ? 0 : ProcessTree.DescriptorCount(_serverProcess);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"databases/{phase,-8} {count,8:N0} databases  {elapsed.TotalSeconds,7:N2} s  {count / elapsed.TotalSeconds,9:N0}/s  resident {resident / 1048576.0,6:N0} MiB  descriptors {descriptors,6:N0}  lost {lost}"));
        Measurement.Append(_json, "databases/" + phase, new
        {
            databases = count,
            lost,
            seconds = Math.Round(elapsed.TotalSeconds, 3),
            perSecond = Math.Round(count / elapsed.TotalSeconds, 1),
            residentBytes = resident,
            descriptors,
        });
    }
}
