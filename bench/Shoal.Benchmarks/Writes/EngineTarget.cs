using System.Diagnostics.Metrics;
using Shoal.Benchmarks.Micro;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Benchmarks.Writes;

/// <summary>The engine in one of its durability modes.</summary>
internal sealed class EngineTarget : IWriteTarget
{
    private readonly string _folder;
    private readonly DatabaseEngine _engine;
    private readonly DatabaseId[] _databases;
    private readonly MeterListener _listener = new();
    private long _flushes;
    private long _bytes;

    private EngineTarget(string folder, DatabaseEngine engine, DatabaseId[] databases, DurabilityMode mode)
    {
        _folder = folder;
        _engine = engine;
        _databases = databases;

        // In mode sqlite every group is one commit of SQLite, and so one flush of a WAL.
        var flushes = mode == DurabilityMode.Log ? "shoal.log.flushes" : "shoal.commit.requests";
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Shoal.Engine" && (instrument.Name == flushes || instrument.Name == "shoal.log.written"))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            Interlocked.Add(ref instrument.Name == flushes ? ref _flushes : ref _bytes, value));
        _listener.SetMeasurementEventCallback<int>((_, _, _, _) => Interlocked.Increment(ref _flushes));
        _listener.Start();
    }

    public bool Blocks => false;

    public FlushCounts Flushes => new(Interlocked.Read(ref _flushes), Interlocked.Read(ref _bytes));

    public static async Task<EngineTarget> CreateAsync(string folder, int databases, DurabilityMode mode, HistoryLimits? history = null)
    {
        var engine = await DatabaseEngine.OpenAsync(new EngineOptions
        {
            DataFolder = folder,
            Durability = mode,
            History = history ?? new HistoryLimits(),
        });
        var ids = new DatabaseId[databases];
        for (var index = 0; index < databases; index++)
        {
            ids[index] = (await engine.CreateDatabaseAsync(
                new NewDatabase { Account = "bench", Name = $"bench-{index}" })).Id;
            await engine.ExecuteAsync(ids[index], SqlRequest.Relaxed(Schema.Create), new CountingSink());
        }

        return new EngineTarget(folder, engine, ids, mode);
    }

    public ValueTask WriteAsync(int database, long value) => _engine.ExecuteAsync(
        _databases[database],
        SqlRequest.Single(Schema.Insert, SqlValue.Text(Schema.Kind), SqlValue.Real(value), SqlValue.Integer(Schema.At)),
        new CountingSink());

    public async Task<long> CountAsync()
    {
        var count = 0L;
        foreach (var id in _databases)
        {
            var collector = new ResultCollector();
            await _engine.ExecuteAsync(id, SqlRequest.Relaxed(Schema.Count), collector);
            count += collector.Rows[0][0].AsInteger;
        }

        return count;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _engine.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
