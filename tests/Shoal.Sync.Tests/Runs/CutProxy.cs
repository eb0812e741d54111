using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Passes bytes on between two sockets, until it is told to cut all connections.</summary>
internal sealed class CutProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Socket, byte> _sockets = new();
    private readonly Task _accepting;
    private readonly int _port;

    public CutProxy(int port)
    {
        _port = port;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public void Cut()
    {
        foreach (var socket in _sockets.Keys)
        {
            // A reset, as from a cable: nothing that is buffered arrives.
            socket.Close(0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptSocketAsync(_stopping.Token);
                var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                near.NoDelay = true;
                _sockets[near] = 0;
                _sockets[far] = 0;
                _ = PassBothAsync(near, far);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
            _listener.Stop();
        }
    }

    private async Task PassBothAsync(Socket near, Socket far)
    {
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _port, _stopping.Token);
            await Task.WhenAny(PassAsync(near, far), PassAsync(far, near));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Nobody answers there now; the caller will see a closed connection.
            near.Close(0);
        }

        near.Close(0);
        far.Close(0);
        _sockets.TryRemove(near, out _);
        _sockets.TryRemove(far, out _);
    }

    private async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, _stopping.Token)) > 0)
            {
                await to.SendAsync(buffer.AsMemory(0, count), _stopping.Token);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            from.Close(0);
        }
    }
}
