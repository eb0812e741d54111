using System.Diagnostics.Metrics;
using System.Globalization;

namespace Shoal.Server.Metrics;

/// <summary>Everything the server counts, one method per event. Tags come from closed sets; no database is one.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Shoal.Server";

    /// <summary>The one instrument whose series always have labels.</summary>
    public const string RequestDuration = "http.server.request.duration";

    /// <summary>The route of requests that no route matches.</summary>
    public const string NoRoute = "(none)";

    private const int StatusMax = 600;

    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

    /// <summary>Statuses as tags, made once.</summary>
    private static readonly string[] Statuses =
        [.. Enumerable.Range(0, StatusMax).Select(static status => status.ToString(CultureInfo.InvariantCulture))];

    private readonly Meter _meter;
    private readonly Histogram<double> _requests;
    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _writes;
    private readonly Histogram<double> _writeTime;
    private readonly Histogram<long> _batchRows;

    /// <param name="scope">Tells the meters of servers in one process apart.</param>
    public ServerMetrics(object scope)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        double[] seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
        _requests = _meter.CreateHistogram<double>(RequestDuration, "s",
            "Time from the head of a request to the end of its reply.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = seconds });
        _active = _meter.CreateUpDownCounter<long>("http.server.active_requests", "{request}", "Requests that run now.");
        _writes = _meter.CreateCounter<long>("storage.writes", "{write}", "Requests that changed a database, durably.");
        _writeTime = _meter.CreateHistogram<double>("storage.write.duration", "s",
            "Time of a request that changed a database, until it was durable.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = seconds });
        _batchRows = _meter.CreateHistogram<long>("batch.rows", "{row}", "Rows that one such request changed.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 25, 50, 100, 250, 1_000, 10_000] });
    }

    /// <summary>Shows a number that somebody else counts: requests that the meter of usage lost.</summary>
    public void ObserveLostUsage(Func<long> count) => _meter.CreateObservableCounter("shoal.usage.lost", count, "{request}",
        "Requests that usage does not know of, because there was no room or no way to write them.");

    public void RequestStarted() => _active.Add(1);

    public void RequestCompleted(string method, string route, int status, TimeSpan time)
    {
        _active.Add(-1);
        if (_requests.Enabled)
        {
            _requests.Record(time.TotalSeconds,
                new("http.request.method", Array.IndexOf(Methods, method) >= 0 ? method : "_OTHER"),
                new("http.route", route),
                new("http.response.status_code", Statuses[Math.Clamp(status, 0, StatusMax - 1)]));
        }
    }

    public void Wrote(long rows, TimeSpan time)
    {
        _writes.Add(1);
        _writeTime.Record(time.TotalSeconds);
        _batchRows.Record(rows);
    }

    public void Dispose() => _meter.Dispose();
}
