using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Protocol;
using Shoal.Server.Http;

namespace Shoal.Server.Transfer;

/// <summary>The imports and exports that run, and those that ended lately.</summary>
/// <remarks>
/// Thread: safe for any. Owns: the files of ended exports. When there are too many of them, what ended first is forgotten.
/// </remarks>
internal sealed class TransferJobs : IAsyncDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TransferJob> _jobs = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _turns;
    private readonly TransferQueue _queue;
    private readonly SemaphoreSlim _downloads;
    private readonly UploadStore _uploads;
    private readonly ServerOptions _options;
    private readonly ILogger<TransferJobs> _logger;
    private readonly ITimer _sweeper;

    public TransferJobs(UploadStore uploads, TransferFolder folder, ServerOptions options, ILogger<TransferJobs> logger)
    {
        _uploads = uploads;
        _options = options;
        _logger = logger;
        _turns = new SemaphoreSlim(options.Transfers.RunningMax);
        _queue = new TransferQueue(_turns);
        _downloads = new SemaphoreSlim(options.Transfers.DownloadsMax);
        folder.MakeRoom = () => Forget(job => job.File is not null);
        _sweeper = options.TimeProvider.CreateTimer(_ => Sweep(), state: null, SweepPeriod, SweepPeriod);
    }

    /// <summary>Starts a job, or returns the one that does the same to the same database right now.</summary>
    /// <param name="kind">Import or export.</param>
    /// <param name="database">The database.</param>
    /// <param name="subject">What makes two jobs the same.</param>
    /// <param name="input">What the work reads. The job disposes of it if it is new.</param>
    /// <param name="work">What to do, when it is the job's turn.</param>
    /// <param name="isNew">Whether the work will be done; false when another job does it.</param>
    /// <exception cref="RequestException">Too many have not ended, of this database or of all.</exception>
    public TransferJob Start(TransferKind kind, DatabaseId database, string subject, SpoolFile? input,
        Func<TransferJob, CancellationToken, Task> work, out bool isNew)
    {
        isNew = false;
        TransferJob job;
        lock (_gate)
        {
            if (FindRunning(kind, database) is { } running && running.Subject == subject)
            {
                return running;
            }

            if (_jobs.Values.Count(other => other.Database == database && other.EndedAt is null)
                >= _options.Transfers.JobsPerDatabaseMax)
            {
                throw new RequestException(RequestErrorKind.Overloaded,
                    "Too many imports and exports of this database; try again when one has ended.");
            }

            if (_jobs.Count >= _options.Transfers.JobsMax && !Forget(static _ => true))
            {
                throw new RequestException(RequestErrorKind.Overloaded, "Too many imports and exports; try again later.");
            }

            job = new TransferJob(kind, database, NewBookmark(), subject, input);
            _jobs.Add(job.Bookmark, job);
        }

        isNew = true;
        _ = RunAsync(job, work);
        return job;
    }

    /// <summary>A job of a database by its bookmark; null when there is none, or no longer.</summary>
    public TransferJob? Find(TransferKind kind, DatabaseId database, string bookmark)
    {
        lock (_gate)
        {
            return _jobs.TryGetValue(bookmark, out var job) && job.Kind == kind && job.Database == database ? job : null;
        }
    }

    /// <summary>A job by its bookmark alone: for URLs that carry their own proof.</summary>
    public TransferJob? Find(string bookmark)
    {
        lock (_gate)
        {
            return _jobs.GetValueOrDefault(bookmark);
        }
    }

    /// <summary>The job that runs on a database now.</summary>
    public TransferJob? Running(TransferKind kind, DatabaseId database)
    {
        lock (_gate)
        {
            return FindRunning(kind, database);
        }
    }

    /// <summary>Waits until the job ends, but not longer than a poll may take.</summary>
    public async Task WaitAsync(TransferJob job, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(job.Done, Task.Delay(_options.Transfers.PollWait, _options.TimeProvider, over.Token));
        await over.CancelAsync();
    }

    /// <summary>Waits for a turn among the transfers; dispose the result to give it back.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up, or the database is deleted.</exception>
    public Task<TransferTurn> TurnAsync(TransferKind kind, DatabaseId database, CancellationToken cancellationToken) =>
        _queue.TakeAsync(kind, database, cancellationToken);

    /// <summary>Admits a download that is written into a file; dispose the result when it is written.</summary>
    /// <exception cref="RequestException">There are too many.</exception>
    public IDisposable BeginDownload() => _downloads.Wait(TimeSpan.Zero)
        ? new Download(_downloads)
        : throw new RequestException(RequestErrorKind.Overloaded, "Too many downloads at once; try again later.");

    /// <summary>Stops what runs on a database that is about to be deleted, and removes its files.</summary>
    public async Task ForgetAsync(DatabaseId database)
    {
        await _queue.StopAsync(database);
        while (Forget(job => job.Database == database))
        {
        }

        _uploads.Forget(database);
    }

    /// <summary>Cancels what runs, waits for its end and removes all files.</summary>
    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync();
        await _stopping.CancelAsync();
        List<TransferJob> all;
        lock (_gate)
        {
            all = [.. _jobs.Values];
            _jobs.Clear();
        }

        foreach (var job in all)
        {
            await job.Done;
            job.File?.Dispose();
        }

        _uploads.Sweep(DateTimeOffset.MaxValue);
        _stopping.Dispose();
    }

    private async Task RunAsync(TransferJob job, Func<TransferJob, CancellationToken, Task> work)
    {
        // The request that started the job goes on at once.
        await Task.Yield();
        string? error = null;
        try
        {
            using (var turn = await TurnAsync(job.Kind, job.Database, _stopping.Token))
            {
                await work(job, turn.Stopping);
            }

            _logger.TransferCompleted(job.Kind.ToString(), job.Bookmark, job.Database);
        }
        catch (Exception failure) when (failure is EngineException or RequestException)
        {
            error = failure is EngineException engineError ? ErrorMapping.Of(engineError).Message : failure.Message;
            _logger.TransferFailed(job.Kind.ToString(), job.Bookmark, job.Database, error);
        }
        catch (OperationCanceledException)
        {
            error = _stopping.IsCancellationRequested
                ? "The server was stopped; nothing was changed. Start again."
                : "The database was deleted.";
            _logger.TransferFailed(job.Kind.ToString(), job.Bookmark, job.Database, error);
        }
#pragma warning disable CA1031 // a boundary: nobody waits for this task, so a defect must end here, in the log
        catch (Exception defect)
#pragma warning restore CA1031
        {
            error = $"internal error; reference = {job.Bookmark}";
            _logger.TransferDefect(defect, job.Kind.ToString(), job.Bookmark, job.Database);
        }

        if (job.Input is not null)
        {
            await job.Input.DisposeAsync();
        }

        job.End(_options.TimeProvider.GetUtcNow(), error);
    }

    private TransferJob? FindRunning(TransferKind kind, DatabaseId database) =>
        _jobs.Values.FirstOrDefault(job => job.Kind == kind && job.Database == database && !job.Done.IsCompleted);

    /// <summary>Forgets the job that ended first of those that are meant, with its file; false when there is none.</summary>
    private bool Forget(Func<TransferJob, bool> isMeant)
    {
        TransferJob? first;
        lock (_gate)
        {
            first = _jobs.Values.Where(job => job.EndedAt is not null && isMeant(job)).MinBy(static job => job.EndedAt);
            if (first is null)
            {
                return false;
            }

            _jobs.Remove(first.Bookmark);
        }

        first.File?.Dispose();
        return true;
    }

    private void Sweep()
    {
        var now = _options.TimeProvider.GetUtcNow();
        List<TransferJob> old;
        lock (_gate)
        {
            old = [.. _jobs.Values.Where(job => job.EndedAt + _options.Transfers.Age <= now)];
            foreach (var job in old)
            {
                _jobs.Remove(job.Bookmark);
            }
        }

        foreach (var job in old)
        {
            job.File?.Dispose();
        }

        _uploads.Sweep(now);
    }

    /// <summary>
    /// A name in the form of D1's bookmarks, because clients may check that. It names the job only: no restore point.
    /// </summary>
    private static string NewBookmark() =>
        $"00000000-00000000-00000000-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    private sealed class Download(SemaphoreSlim downloads) : IDisposable
    {
        public void Dispose() => downloads.Release();
    }
}
