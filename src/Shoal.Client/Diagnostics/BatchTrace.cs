using System.Diagnostics;

namespace Shoal.Client.Diagnostics;

/// <summary>One batch in traces and metrics, whichever of the three writers sends it.</summary>
internal sealed class BatchTrace : IDisposable
{
    public const string SourceName = "Shoal.Client";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Activity? _activity;
    private readonly string _writer;
    private readonly int _rows;
    private readonly int _bytes;
    private bool _succeeded;

    private BatchTrace(string writer, string database, int rows, int bytes)
    {
        _writer = writer;
        _rows = rows;
        _bytes = bytes;
        _activity = Source.StartActivity("shoal.write", ActivityKind.Client);
        _activity?.SetTag("db.system.name", "sqlite").SetTag("db.namespace", database)
            .SetTag("shoal.writer", writer).SetTag("db.operation.batch.size", rows).SetTag("shoal.batch.bytes", bytes);
    }

    public static BatchTrace Start(string writer, string database, int rows, int bytes) => new(writer, database, rows, bytes);

    public void Succeeded()
    {
        _succeeded = true;
        ClientMetrics.Written(_writer, _rows, _bytes, Stopwatch.GetElapsedTime(_start));
    }

    public void Dispose()
    {
        _activity?.SetStatus(_succeeded ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
        _activity?.Dispose();
    }
}
