using System.Net;
using System.Net.Sockets;

namespace Shoal.Load.Http;

/// <summary>One connection to the server, with one request under way.</summary>
internal sealed class LoadConnection : IDisposable
{
    private const int BufferBytesMax = 64 * 1024 * 1024;

    /// <summary>
    /// Taken at once, so that the server gets the processor in between: a kernel copies without a break what is asked for in one
    /// call, and the loop stands for another machine.
    /// </summary>
    private const int ReceiveBytesMax = 64 * 1024;

    private readonly EndPoint _server;
    private Socket? _socket;
    private byte[] _buffer = new byte[32 * 1024];
    private int _length;

    public LoadConnection(EndPoint server)
    {
        _server = server;
    }

    /// <summary>When the request under way was sent; a value of the stopwatch.</summary>
    public long SentAt { get; set; }

    /// <summary>When the next request is due, at a given rate; a value of the stopwatch.</summary>
    public long DueAt { get; set; }

    /// <summary>When the last response was complete; a value of the stopwatch.</summary>
    public long FreeAt { get; set; }

    /// <summary>The socket's descriptor.</summary>
    public int Descriptor => (int)_socket!.SafeHandle.DangerousGetHandle();

    /// <summary>Whether a request has been sent and its response is not complete.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>What has arrived of the response under way.</summary>
    public ReadOnlySpan<byte> Received => _buffer.AsSpan(0, _length);

    /// <summary>Connects, also again.</summary>
    /// <exception cref="SocketException">Nobody listens.</exception>
    public void Connect()
    {
        _socket?.Dispose();
        _socket = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            SendTimeout = 5_000,
        };
        _socket.Connect(_server);
        _length = 0;
        IsWaiting = false;
    }

    /// <summary>Takes what has arrived; false when the connection is gone.</summary>
    public bool Receive()
    {
        if (_length == _buffer.Length)
        {
            if (_length >= BufferBytesMax)
            {
                return false;
            }

            Array.Resize(ref _buffer, _length * 2);
        }

        var count = Epoll.Receive(Descriptor, _buffer.AsSpan(_length, Math.Min(ReceiveBytesMax, _buffer.Length - _length)));
        _length += Math.Max(count, 0);
        return count != 0;
    }

    /// <summary>Forgets a response that was dealt with.</summary>
    public void Clear() => _length = 0;

    public void Dispose() => _socket?.Dispose();
}
