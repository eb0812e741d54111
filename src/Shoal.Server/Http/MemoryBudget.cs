namespace Shoal.Server.Http;

/// <summary>What all requests together may hold in memory; beyond it they are told to come again.</summary>
/// <remarks>Thread: safe for any. Small buffers, which every request has, are not counted: connections are.</remarks>
internal sealed class MemoryBudget(long bytesMax)
{
    private long _bytes;

    /// <summary>Bytes taken now.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes bytes; false, and nothing is taken, when there are not so many left.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= bytesMax)
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
