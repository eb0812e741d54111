namespace Shoal.Engine.History;

/// <summary>Page images in memory that is used again: a new array for each would make collections pause those who commit.</summary>
/// <remarks>Cost: what is not in use and is kept is 8 MiB at most. Thread: one.</remarks>
internal sealed class PageImages
{
    private const int KeptBytesMax = 8 * 1024 * 1024;

    private readonly Stack<byte[]> _free = new();
    private byte[] _body = [];

    /// <summary>A copy of an image.</summary>
    public byte[] Copy(ReadOnlySpan<byte> image)
    {
        if (!_free.TryPop(out var copy) || copy.Length != image.Length)
        {
            copy = GC.AllocateUninitializedArray<byte>(image.Length);
        }

        image.CopyTo(copy);
        return copy;
    }

    /// <summary>An image that is not needed any more.</summary>
    public void Return(byte[] image)
    {
        if (_free.Count * (long)image.Length < KeptBytesMax)
        {
            _free.Push(image);
        }
    }

    /// <summary>Room for the body of a part; what was there before is lost.</summary>
    public Span<byte> Body(int bytes)
    {
        if (_body.Length < bytes)
        {
            _body = GC.AllocateUninitializedArray<byte>(bytes);
        }

        return _body.AsSpan(0, bytes);
    }
}
