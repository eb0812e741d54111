using System.Buffers;

namespace Shoal.Client.Http;

/// <summary>The bytes of a reply, in pooled memory.</summary>
/// <remarks>Owns: its array. Disposing gives it back; a reply that is kept is left to the garbage collector instead.</remarks>
internal sealed class ReplyBody(byte[] bytes, int length) : IDisposable
{
    private byte[]? _bytes = bytes;

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, length);

    public void Dispose()
    {
        if (_bytes is { } owned)
        {
            _bytes = null;
            ArrayPool<byte>.Shared.Return(owned);
        }
    }
}
