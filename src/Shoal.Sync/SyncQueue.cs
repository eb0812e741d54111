using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shoal.Client;
using Shoal.Sync.Configuration;
using Shoal.Sync.Queue;
using Shoal.Sync.State;

namespace Shoal.Sync;

/// <summary>The push queue of one source: takes messages, and applies them to tenants' databases until it is stopped.</summary>
/// <remarks>
/// Thread: safe. Invariant: a message is durable before it is answered, and leaves the queue only after its effect is durable at the
/// tenant, which remembers it; so a kill at any moment loses nothing and doubles nothing.
/// </remarks>
public sealed class SyncQueue
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FullFor = TimeSpan.FromSeconds(1);

    private readonly QueueContext _context;
    private readonly QueueConsumer _consumer;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isRunning;

    /// <param name="settings">A source with a queue.</param>
    /// <param name="client">The server with the tenants' databases.</param>
    /// <param name="logger">Hears what happens.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public SyncQueue(SourceSettings settings, ShoalClient client, ILogger? logger = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(settings.Queue);
        var tables = settings.Queue.Tables.ToDictionary(static table => table.Name, static table => new QueueTable(table),
            StringComparer.Ordinal);
        _context = new QueueContext(settings, tables, client, new StateStore(client, settings), new QueueStore(client, settings),
            new QueueCounters(), time ?? TimeProvider.System, logger ?? NullLogger.Instance);
        Reader = new MessageReader(settings, tables);
        _consumer = new QueueConsumer(_context);
    }

    public string Name => _context.Settings.Name;

    internal MessageReader Reader { get; }

    /// <summary>What this process has done, and how much waits.</summary>
    public QueueCounters Counters => _context.Counters;

    /// <summary>Whether it applies messages now.</summary>
    public bool IsRunning => _isRunning && !_consumer.IsPaused;

    /// <summary>Ends when messages can be taken.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Takes messages, all or none. They are durable when this returns.</summary>
    /// <param name="body">JSON: one message, a list, or an object with a list "messages".</param>
    /// <param name="cancellation">Stops waiting; they may have been taken.</param>
    /// <exception cref="MessageRefusedException">One of them is not right.</exception>
    /// <exception cref="QueueFullException">Too many wait already.</exception>
    /// <exception cref="ShoalException">The server can not be asked.</exception>
    public async Task<PushReceipt> PushAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        await Ready.WaitAsync(cancellation);
        try
        {
            var messages = Reader.Read(body);
            var depth = Counters.Depth;
            if (depth + messages.Count > _context.Queue.MaxDepth)
            {
                throw new QueueFullException(depth, FullFor);
            }

            using var change = Counters.BeginChange();
            var receipt = new PushReceipt(await _context.Store.AddAsync(messages, _context.Time.GetUtcNow(), cancellation));
            Counters.Accept(receipt.Accepted, receipt.Duplicates);
            _consumer.Wake();
            return receipt;
        }
        catch (Exception error) when (error is MessageRefusedException or QueueFullException)
        {
            Counters.Refuse();
            throw;
        }
    }

    /// <summary>Messages come into the queue by another way.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="take">Puts them there, and says how many were new.</param>
    internal async Task TakeAsync(int count, Func<Task<int>> take)
    {
        using var change = Counters.BeginChange();
        var accepted = await take();
        Counters.Accept(accepted, count - accepted);
        _consumer.Wake();
    }

    /// <summary>Applies messages until it is cancelled.</summary>
    /// <exception cref="SyncException">It can not go on; the hint says what to do.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await _context.State.CreateAsync(cancellation);
                await _context.Store.CreateAsync(cancellation);
                if (!_context.Settings.Streams)
                {
                    await _context.State.AddSourceAsync(cancellation);
                }

                var changes = Counters.Changes;
                var (waiting, dead) = await _context.Store.CountAsync(cancellation);
                _ = Counters.SetDepth(waiting, dead, changes);
                _isRunning = true;
                _ready.TrySetResult();
                SyncLog.QueueRuns(_context.Log, Name, waiting);
                await _consumer.RunAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (ShoalException error) when (error.IsTransient || (_ready.Task.IsCompleted && QueueTenant.IsAway(error)))
            {
                SyncLog.ServerAway(_context.Log, error.Reason);
                await Task.Delay(Again, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (ShoalException error)
            {
                throw new SyncException($"the queue of {Name} can not be kept in {_context.Settings.StateDatabase}: {error.Reason}",
                    error.Hint.Length > 0 ? error.Hint : null, error);
            }
            finally
            {
                _isRunning = false;
            }
        }
    }
}
