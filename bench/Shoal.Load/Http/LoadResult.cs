using System.Globalization;
using Shoal.Load.Machine;

namespace Shoal.Load.Http;

/// <summary>What a run of the load generator measured.</summary>
internal sealed record LoadResult
{
    public required int Connections { get; init; }

    public required double Seconds { get; init; }

    public required long Requests { get; init; }

    public required double RequestsPerSecond { get; init; }

    public required long Errors { get; init; }

    public string? FirstError { get; init; }

    public required double P50Microseconds { get; init; }

    public required double P90Microseconds { get; init; }

    public required double P99Microseconds { get; init; }

    public required double P999Microseconds { get; init; }

    public required double MaxMicroseconds { get; init; }

    /// <summary>CPU time of the server per request; null when its process was not given.</summary>
    public double? ServerCpuMicrosecondsPerRequest { get; init; }

    /// <summary>CPU time of the load generator per request.</summary>
    public required double LoadCpuMicrosecondsPerRequest { get; init; }

    /// <summary>Share of the machine's processors that neither server nor load generator used, but somebody did.</summary>
    public double? OtherCpuShare { get; init; }

    public static LoadResult From(LoadOptions options, LatencyHistogram latencies, TimeSpan elapsed, long errors,
        string? firstError, CpuTimes cpu)
    {
        var requests = latencies.Count;
        var perRequest = 1e6 / Math.Max(requests, 1);
        var capacity = elapsed.TotalSeconds * Environment.ProcessorCount;
        return new LoadResult
        {
            Connections = options.Connections,
            Seconds = Math.Round(elapsed.TotalSeconds, 3),
            Requests = requests,
            RequestsPerSecond = Math.Round(requests / elapsed.TotalSeconds, 1),
            Errors = errors,
            FirstError = firstError,
            P50Microseconds = Math.Round(latencies.Percentile(0.5).TotalMicroseconds, 1),
            P90Microseconds = Math.Round(latencies.Percentile(0.9).TotalMicroseconds, 1),
            P99Microseconds = Math.Round(latencies.Percentile(0.99).TotalMicroseconds, 1),
            P999Microseconds = Math.Round(latencies.Percentile(0.999).TotalMicroseconds, 1),
            MaxMicroseconds = Math.Round(latencies.Max.TotalMicroseconds, 1),
            ServerCpuMicrosecondsPerRequest =
                options.ServerProcess == 0 ? null : Math.Round(cpu.Server.TotalSeconds * perRequest, 2),
            LoadCpuMicrosecondsPerRequest = Math.Round(cpu.Own.TotalSeconds * perRequest, 2),
            OtherCpuShare = options.ServerProcess == 0
                ? null
                : Math.Round(Math.Max(0, (cpu.Machine - cpu.Server - cpu.Own).TotalSeconds / capacity), 3),
        };
    }

    /// <summary>The result as one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Connections,4} connections  {RequestsPerSecond,10:N0} req/s  p50 {P50Microseconds:N0} µs  p90 {P90Microseconds:N0}  p99 {P99Microseconds:N0}  p99.9 {P999Microseconds:N0}  max {MaxMicroseconds:N0}  errors {Errors}")
        + string.Create(CultureInfo.InvariantCulture,
        $"  cpu/req {ServerCpuMicrosecondsPerRequest:N1} µs server, {LoadCpuMicrosecondsPerRequest:N1} µs load")
        + (OtherCpuShare is { } other ? string.Create(CultureInfo.InvariantCulture, $"  others {other:P0}") : "")
        + (FirstError is null ? "" : $"\n     first error: {FirstError}");
}
