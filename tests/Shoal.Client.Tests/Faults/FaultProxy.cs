using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Shoal.Client.Tests.Faults;

/// <summary>Stands between a client and a real server and does to each request what the script says; then nothing more.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<Fault> _script = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;
    private readonly Uri _server;
    private int _requests;

    public FaultProxy(Uri server)
    {
        _server = server;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Called when a request has run and its reply will never come.</summary>
    public Action Silent { get; set; } = static () => { };

    /// <summary>Requests that arrived here.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Adds what happens to the next requests.</summary>
    public void Then(params IEnumerable<Fault> faults)
    {
        foreach (var fault in faults)
        {
            _script.Enqueue(fault);
        }
    }

    public void Forget() => _script.Clear();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _http.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stopping.Token)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
            _listener.Stop();
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            while (await ReadAsync(stream) is { } request)
            {
                Interlocked.Increment(ref _requests);
                if (!await AnswerAsync(stream, request, _script.TryDequeue(out var fault) ? fault : Fault.None))
                {
                    return;
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or SocketException)
        {
            // The client went away, which is part of the game.
            socket.Close();
        }
    }

    /// <summary>Answers; false when the connection is to be closed.</summary>
    private async Task<bool> AnswerAsync(NetworkStream stream, HttpRequestMessage request, Fault fault)
    {
        switch (fault)
        {
            case Fault.CutBefore:
                return false;
            case Fault.TooManyRequests:
                await stream.WriteAsync(Refusal(429), _stopping.Token);
                return true;
            case Fault.UnavailableBefore:
                await stream.WriteAsync(Refusal(503), _stopping.Token);
                return true;
        }

        if (fault == Fault.Duplicate)
        {
            await ForwardAsync(await CopyAsync(request));
        }

        var reply = await ForwardAsync(request);
        switch (fault)
        {
            case Fault.CutAfter:
                return false;
            case Fault.HalfReply:
                await stream.WriteAsync(reply.AsMemory(0, reply.Length - (reply.Length / 3)), _stopping.Token);
                return false;
            case Fault.Silence:
                Silent();
                return await stream.ReadAsync(new byte[1], _stopping.Token) > 0;
            case Fault.UnavailableAfter:
                await stream.WriteAsync(Refusal(503), _stopping.Token);
                return true;
            default:
                await stream.WriteAsync(reply, _stopping.Token);
                return true;
        }
    }

    private static async Task<HttpRequestMessage> CopyAsync(HttpRequestMessage request)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri);
        if (request.Content is { } content)
        {
            copy.Content = new ByteArrayContent(await content.ReadAsByteArrayAsync());
            copy.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        foreach (var (name, values) in request.Headers)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        return copy;
    }

    private async Task<byte[]> ForwardAsync(HttpRequestMessage request)
    {
        using (request)
        using (var response = await _http.SendAsync(request, _stopping.Token))
        {
            var body = await response.Content.ReadAsByteArrayAsync(_stopping.Token);
            var head = new StringBuilder($"HTTP/1.1 {(int)response.StatusCode} X\r\n");
            foreach (var (name, values) in response.Headers.Where(header => header.Key is "cf-d1" or "Retry-After"))
            {
                head.Append(CultureInfo.InvariantCulture, $"{name}: {string.Join(',', values)}\r\n");
            }

            head.Append(CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
            return [.. Encoding.ASCII.GetBytes(head.ToString()), .. body];
        }
    }

    private static byte[] Refusal(int status) => Encoding.ASCII.GetBytes(
        $"HTTP/1.1 {status} X\r\nRetry-After: 0\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");

    private async Task<HttpRequestMessage?> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (bytes.Count < 4 || !bytes[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, _stopping.Token) == 0)
            {
                return null;
            }

            bytes.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var request = new HttpRequestMessage(new HttpMethod(first[0]), new Uri(_server, first[1]));
        var headers = lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        if (headers.TryGetValue("Content-Length", out var length))
        {
            var body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
            await stream.ReadExactlyAsync(body, _stopping.Token);
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        foreach (var name in (string[])["Authorization", "x-shoal-compatibility"])
        {
            if (headers.TryGetValue(name, out var value))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }
}
