using Shoal.Engine.Log;

namespace Shoal.Engine.Databases;

/// <summary>Tells how far a database is: the number of its newest commit that may be told to a client.</summary>
/// <remarks>
/// In mode log a number may be told when its commit is durable: told earlier, it could be another commit's after a crash. In
/// mode sqlite the number is taken before the commit, so that no reader sees more than the number says; then some numbers
/// stand for commits that failed. Thread: the writer calls <see cref="CommitStarting"/> and <see cref="Appended"/>, anyone
/// reads.
/// </remarks>
internal sealed class CommitClock
{
    private readonly Lock _gate = new();
    private readonly Queue<(LogPosition End, ulong Number)> _inFlight = new();
    private readonly CommitLog? _log;
    private readonly CommitCounter? _counter;
    private ulong _number;

    /// <summary>For a database whose commits the log numbers.</summary>
    /// <param name="log">The log.</param>
    /// <param name="number">The database's last number; durable.</param>
    public CommitClock(CommitLog log, ulong number)
    {
        _log = log;
        _number = number;
    }

    /// <summary>For a database whose commits nobody else numbers.</summary>
    public CommitClock(CommitCounter counter)
    {
        _counter = counter;
        _number = counter.Last;
    }

    /// <summary>
    /// At least the number of every commit that was seen by a request that has completed; never decreases.
    /// </summary>
    public ulong Number
    {
        get
        {
            if (_log is null)
            {
                return Volatile.Read(ref _number);
            }

            lock (_gate)
            {
                TakeDurable(_log);
                return _number;
            }
        }
    }

    /// <summary>A commit is about to become visible.</summary>
    public void CommitStarting()
    {
        if (_counter is not null)
        {
            Volatile.Write(ref _number, _counter.Next());
        }
    }

    /// <summary>A commit is in the log, and durable when the log is up to its end.</summary>
    public void Appended(LogPosition end, ulong number)
    {
        lock (_gate)
        {
            TakeDurable(_log!);
            _inFlight.Enqueue((end, number));
        }
    }

    private void TakeDurable(CommitLog log)
    {
        while (_inFlight.TryPeek(out var commit) && commit.End <= log.Durable)
        {
            _number = commit.Number;
            _inFlight.Dequeue();
        }
    }
}
