using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Shoal.Client;
using Shoal.Client.Bulk;
using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;
using Shoal.Sync.State;
using Shoal.Sync.Streaming;

namespace Shoal.Sync.Apply;

/// <summary>What all tenants of a source share during one run.</summary>
internal sealed class LaneContext(SourceSettings settings, SyncPlan plan, ShoalClient client, StateStore store, Progress progress,
    StreamedCommits commits, ILogger log, CancellationToken stopping) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<(TablePlan Table, bool Aside), WriteSql<SqlValue[]>> _copySql = new();
    private CancellationTokenSource _short = new();
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SourceSettings Settings { get; } = settings;

    public SyncPlan Plan { get; } = plan;

    public ShoalClient Client { get; } = client;

    public StateStore Store { get; } = store;

    public Progress Progress { get; } = progress;

    /// <summary>What the stream has brought and PostgreSQL may not show yet.</summary>
    public StreamedCommits Commits { get; } = commits;

    public ILogger Log { get; } = log;

    public CancellationToken Stopping { get; } = stopping;

    /// <summary>Batches on their way at once.</summary>
    public SemaphoreSlim Slots { get; } = new(settings.Apply.Workers);

    /// <summary>How rows of a copy are written: into the table, where what was sent twice is there once, or aside.</summary>
    public WriteSql<SqlValue[]> CopySql(TablePlan table, bool aside) => _copySql.GetOrAdd((table, aside), static (key, limits) =>
    {
        var (table, aside) = key;
        var map = new TableMap<SqlValue[]>(aside ? table.Sql.StageName : table.Name);
        for (var index = 0; index < table.Columns.Count; index++)
        {
            var column = index;
            map.Column(table.Columns[index].Name, row => row[column]);
        }

        return new WriteSql<SqlValue[]>(map, aside ? WriteMode.Insert : WriteMode.Ignore, limits);
    }, Client.Limits);

    /// <summary>Cancelled while PostgreSQL's log for the slot runs out: nobody may be copied, for that holds the slot back.</summary>
    public CancellationToken LogIsShort
    {
        get
        {
            lock (_gate)
            {
                return _short.Token;
            }
        }
    }

    public async Task SetLogShortAsync(bool isShort)
    {
        CancellationTokenSource? ended = null;
        lock (_gate)
        {
            if (isShort == _short.IsCancellationRequested)
            {
                return;
            }

            ended = _short;
            _short = isShort ? _short : new CancellationTokenSource();
        }

        if (isShort)
        {
            await ended.CancelAsync();
        }
        else
        {
            ended.Dispose();
        }
    }

    /// <summary>Held by who keeps a tenant's lane to copy or to compare it: one at a time.</summary>
    public SemaphoreSlim Copying { get; } = new(1);

    /// <summary>Fails when going on would be wrong for all tenants.</summary>
    public Task Failed => _failed.Task;

    public void Fail(Exception error) => _failed.TrySetException(error);

    /// <summary>Runs what needs the server for as long as it takes the server to come back.</summary>
    public async Task<T> PersistAsync<T>(Func<Task<T>> run)
    {
        while (true)
        {
            try
            {
                return await run();
            }
            catch (ShoalException error) when (error.IsTransient)
            {
                SyncLog.ServerAway(Log, error.Reason);
                await Task.Delay(TimeSpan.FromMilliseconds(500), Stopping);
            }
        }
    }

    public Task PersistAsync(Func<Task> run) => PersistAsync(async () =>
    {
        await run();
        return true;
    });

    public void Dispose()
    {
        Slots.Dispose();
        _short.Dispose();
        Copying.Dispose();
    }
}
