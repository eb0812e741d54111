using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Shoal.Server.Metrics;

/// <summary>Sends the metrics to a collector by OTLP over HTTP, once a minute, and once more when it is disposed.</summary>
internal static class OtlpExport
{
    private const string MetricsPath = "v1/metrics";
    private const int IntervalMilliseconds = 60_000;

    /// <param name="endpoint">The collector; without a path, OTLP's own is added.</param>
    public static MeterProvider Start(Uri endpoint) => Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(static resource => resource.AddService("shoal"))
        .AddMeter(ServerMetrics.MeterName, "Shoal.Engine", "System.Runtime")
        .AddOtlpExporter((exporter, reader) =>
        {
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            exporter.Endpoint = endpoint.AbsolutePath == "/" ? new Uri(endpoint, MetricsPath) : endpoint;
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = IntervalMilliseconds;
        })
        .Build();
}
