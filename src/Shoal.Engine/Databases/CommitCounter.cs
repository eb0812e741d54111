namespace Shoal.Engine.Databases;

/// <summary>
/// Numbers commits where no commit log does: one counter for all databases of the process, so that closing and opening one
/// cannot set it back. From process to process the epoch of bookmarks grows.
/// </summary>
/// <remarks>Thread: safe for any.</remarks>
internal sealed class CommitCounter
{
    private ulong _last;

    /// <summary>The newest number; 0 before the first.</summary>
    public ulong Last => Volatile.Read(ref _last);

    /// <summary>The next number.</summary>
    public ulong Next() => Interlocked.Increment(ref _last);
}
