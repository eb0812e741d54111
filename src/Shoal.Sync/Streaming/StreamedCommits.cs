using System.Diagnostics;
using Shoal.Sync.Postgres;

namespace Shoal.Sync.Streaming;

/// <summary>Transactions that the stream has brought and that nobody else in PostgreSQL may see yet.</summary>
/// <remarks>
/// Thread: safe. PostgreSQL sends a transaction as soon as its commit stands in the log. Other connections see it a moment later, and
/// with synchronous replication only when the standby has it. What is read beside the stream would be older than the stream then, and
/// nothing that comes later would put that right. What has been seen once stays seen.
/// </remarks>
internal sealed class StreamedCommits(TimeSpan limit)
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LastPoll = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly HashSet<uint> _hidden = [];
    private long _waits;

    /// <summary>Times that somebody had to wait.</summary>
    public long Waits => Interlocked.Read(ref _waits);

    /// <summary>The stream has brought a transaction.</summary>
    public void Add(uint xid)
    {
        lock (_gate)
        {
            _hidden.Add(xid);
        }
    }

    /// <summary>Waits until whoever reads from now on sees all that has been added so far.</summary>
    /// <exception cref="CommitHiddenException">PostgreSQL does not show it for too long.</exception>
    public async Task ShowAsync(SourceServer server, CancellationToken cancellation)
    {
        var wanted = Hidden();
        var began = Stopwatch.GetTimestamp();
        for (var wait = FirstPoll; wanted.Count > 0; wait = wait * 2 < LastPoll ? wait * 2 : LastPoll)
        {
            await LookAsync(server, cancellation);
            wanted.IntersectWith(Hidden());
            if (wanted.Count == 0)
            {
                return;
            }

            if (wait == FirstPoll)
            {
                Interlocked.Increment(ref _waits);
            }
            else if (Stopwatch.GetElapsedTime(began) > limit)
            {
                throw new CommitHiddenException();
            }

            await Task.Delay(wait, cancellation);
        }
    }

    /// <summary>Forgets what PostgreSQL shows by now.</summary>
    public async Task LookAsync(SourceServer server, CancellationToken cancellation)
    {
        // Read first: what is added meanwhile is of no concern to this look.
        var hidden = Hidden();
        if (hidden.Count == 0)
        {
            return;
        }

        var text = (await server.TextsAsync("SELECT pg_current_snapshot()::text", cancellation))[0];
        var snapshot = SourceSnapshot.Parse(text, ulong.MaxValue);
        hidden.RemoveWhere(xid => !snapshot.Shows(xid));
        lock (_gate)
        {
            _hidden.ExceptWith(hidden);
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _hidden.Clear();
        }
    }

    private HashSet<uint> Hidden()
    {
        lock (_gate)
        {
            return [.. _hidden];
        }
    }
}
