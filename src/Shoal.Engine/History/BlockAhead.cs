using Shoal.Engine.Databases;

namespace Shoal.Engine.History;

/// <summary>A block that is read on another thread, or by who needs it, whoever comes first.</summary>
/// <remarks>Thread: <see cref="Take"/> and <see cref="End"/> are for one thread. Owns: the buffer until it is given back.</remarks>
/// <param name="reader">The pack.</param>
/// <param name="entry">Which block.</param>
/// <param name="isBeyond">Says of a part that neither it nor any later one is needed.</param>
/// <param name="buffer">Where the block is.</param>
internal sealed class BlockAhead(PackReader reader, PackEntry entry, Predicate<PackPart> isBeyond, BlockBuffer buffer)
{
    private readonly TaskCompletionSource<ReadOnlyMemory<byte>> _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isBegun;

    /// <summary>Where the block is.</summary>
    public BlockBuffer Buffer => buffer;

    /// <summary>Begins to read it on another thread, unless it is read when that thread is there.</summary>
    public void Begin() => _ = OwnThread.RunAsync(
        () =>
        {
            if (TryBegin())
            {
                Read();
            }
        },
        CancellationToken.None);

    /// <summary>The block; read on this thread if nobody has begun.</summary>
    /// <exception cref="EngineException">It does not verify.</exception>
    public ReadOnlyMemory<byte> Take()
    {
        if (TryBegin())
        {
            Read();
        }

        return _read.Task.GetAwaiter().GetResult();
    }

    /// <summary>The block is not needed; nobody reads it any more when this returns.</summary>
    public void End()
    {
        if (!TryBegin())
        {
            _ = Task.WaitAny(_read.Task);
            _ = _read.Task.Exception;
        }
    }

    private bool TryBegin() => Interlocked.Exchange(ref _isBegun, 1) == 0;

    private void Read()
    {
        try
        {
            _read.SetResult(reader.ReadBlock(entry, buffer, isBeyond));
        }
        catch (Exception error)
        {
            // Boundary: whoever needs the block gets it.
            _read.SetException(error);
        }
    }
}
