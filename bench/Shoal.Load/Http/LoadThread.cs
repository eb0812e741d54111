using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Shoal.Load.Http;

/// <summary>A thread that keeps its share of the connections busy: whoever has an answer asks again at once.</summary>
internal sealed class LoadThread
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    private readonly RequestTemplate _template;
    private readonly byte[]? _expect;
    private readonly LoadConnection[] _connections;
    private readonly Random _random;
    private readonly long _period;
    private readonly bool _isPolite;
    private LatencyHistogram? _latencies;
    private volatile bool _stopping;
    private long _until = long.MaxValue;
    private volatile LatencyHistogram? _next;
    private long _errors;
    private string? _firstError;

    public LoadThread(LoadOptions options, RequestTemplate template, EndPoint server, int connectionCount, int seed)
    {
        _template = template;
        _expect = options.Expect is null ? null : Encoding.UTF8.GetBytes(options.Expect);
        _connections = new LoadConnection[connectionCount];
        _isPolite = options.IsPolite;
        _random = new Random(seed);
        _period = options.Rate > 0 ? (long)(Stopwatch.Frequency * options.Connections / options.Rate) : 0;
        for (var index = 0; index < _connections.Length; index++)
        {
            _connections[index] = new LoadConnection(server);
        }
    }

    /// <summary>Responses that were wrong or never came, since the measurement began.</summary>
    public long Errors => Volatile.Read(ref _errors);

    /// <summary>What the first of them looked like.</summary>
    public string? FirstError => _firstError;

    /// <summary>From the next response on, latencies go here.</summary>
    public void Measure(LatencyHistogram latencies)
    {
        Volatile.Write(ref _errors, 0);
        _next = latencies;
    }

    /// <summary>Requests that are sent from now on are not measured.</summary>
    public void EndMeasuring() => Volatile.Write(ref _until, Stopwatch.GetTimestamp());

    /// <summary>No more requests; <see cref="Run"/> returns when those under way are answered.</summary>
    public void Stop() => _stopping = true;

    /// <summary>The thread's body.</summary>
    public void Run()
    {
        using var epoll = new Epoll(_connections.Length);
        try
        {
            for (var index = 0; index < _connections.Length; index++)
            {
                _connections[index].Connect();
                epoll.Add(_connections[index].Descriptor, index);
                _connections[index].DueAt = Stopwatch.GetTimestamp() + (_period * index / _connections.Length);
                Send(epoll, index);
            }

            var stoppedAt = 0L;
            while (true)
            {
                if (_stopping)
                {
                    stoppedAt = stoppedAt == 0 ? Stopwatch.GetTimestamp() : stoppedAt;
                    var waiting = _connections.Count(static connection => connection.IsWaiting);
                    if (waiting == 0)
                    {
                        return;
                    }

                    if (Stopwatch.GetElapsedTime(stoppedAt) > DrainTime)
                    {
                        Fail($"{waiting} requests had no answer {DrainTime.TotalSeconds} s after the end", waiting);
                        return;
                    }
                }

                var count = epoll.Wait(_period == 0 ? 100 : SendDue(epoll));
                for (var index = 0; index < count; index++)
                {
                    Serve(epoll, epoll.Tag(index));
                    if (_isPolite)
                    {
                        Epoll.Offer();
                    }
                }
            }
        }
        catch (SocketException error)
        {
            Fail($"cannot connect: {error.Message}", 1);
        }
        finally
        {
            foreach (var connection in _connections)
            {
                connection.Dispose();
            }
        }
    }

    private void Serve(Epoll epoll, int index)
    {
        var connection = _connections[index];
        if (!connection.Receive())
        {
            if (connection.IsWaiting)
            {
                Fail("the server closed the connection instead of answering", 1);
            }

            Reconnect(epoll, index);
            return;
        }

        switch (ResponseReader.Read(connection.Received, out var response))
        {
            case ResponseStatus.Incomplete:
                return;
            case ResponseStatus.Malformed:
                Fail("the answer is not HTTP/1.1: " + Excerpt(connection.Received), 1);
                Reconnect(epoll, index);
                return;
            case ResponseStatus.Complete:
                break;
        }

        connection.IsWaiting = false;
        connection.FreeAt = Stopwatch.GetTimestamp();
        if (connection.SentAt <= Volatile.Read(ref _until))
        {
            _latencies?.Record(Stopwatch.GetElapsedTime(connection.SentAt));
        }

        if (_next is { } next)
        {
            _latencies = next;
            _next = null;
        }

        var body = connection.Received[response.BodyStart..response.End];
        if (response.Code != 200 || (_expect is not null && body.IndexOf(_expect) < 0))
        {
            Fail($"status {response.Code}: {Excerpt(body)}", 1);
        }

        connection.Clear();
        if (_stopping)
        {
            return;
        }

        if (response.Closes)
        {
            Reconnect(epoll, index);
        }
        else if (_period == 0)
        {
            Send(epoll, index);
        }
    }

    /// <summary>Sends what is due, as far as connections are free; milliseconds until the next is.</summary>
    private int SendDue(Epoll epoll)
    {
        var now = Stopwatch.GetTimestamp();
        var next = now + (Stopwatch.Frequency / 10);
        for (var index = 0; index < _connections.Length && !_stopping; index++)
        {
            var connection = _connections[index];
            if (connection.IsWaiting)
            {
                continue;
            }

            if (connection.DueAt <= now)
            {
                var due = connection.DueAt;
                connection.DueAt += _period;
                Send(epoll, index);

                // What the server kept waiting counts from when it should have been sent.
                connection.SentAt = due < connection.FreeAt ? due : connection.SentAt;
            }
            else
            {
                next = Math.Min(next, connection.DueAt);
            }
        }

        // A millisecond late is better than a processor that is busy with waiting; latencies count from the real sending.
        return (int)Math.Max(1, (next - now) * 1_000 / Stopwatch.Frequency);
    }

    private void Send(Epoll epoll, int index)
    {
        var connection = _connections[index];
        var requests = _template.Requests;
        var request = requests.Length == 1 ? requests[0] : requests[_random.Next(requests.Length)];
        connection.SentAt = Stopwatch.GetTimestamp();
        connection.IsWaiting = true;
        if (!Epoll.Send(connection.Descriptor, request))
        {
            Fail("the server does not take the request", 1);
            Reconnect(epoll, index);
        }
    }

    /// <summary>A new connection with the next request, unless the run is ending.</summary>
    private void Reconnect(Epoll epoll, int index)
    {
        var connection = _connections[index];
        epoll.Remove(connection.Descriptor);
        connection.IsWaiting = false;
        if (!_stopping)
        {
            connection.Connect();
            epoll.Add(connection.Descriptor, index);
            Send(epoll, index);
        }
    }

    private void Fail(string what, long count)
    {
        _firstError ??= what;
        Interlocked.Add(ref _errors, count);
    }

    private static string Excerpt(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 300)]);
}
