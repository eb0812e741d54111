namespace Shoal.Client.Buffering;

/// <summary>A write buffer had no room for an item. The item was not taken; nothing was changed.</summary>
public sealed class BufferFullException : ShoalException
{
    internal BufferFullException(long rows, long bytes, TimeSpan? waited)
        : base(ShoalErrorKind.Overloaded, $"the write buffer is full ({rows} rows, {bytes} bytes)"
            + (waited is { } time ? $", and there was no room within {time.TotalSeconds:0.###} s" : ""))
    {
        Hint = "add more slowly, raise its bounds, or choose another policy for a full buffer";
    }
}
