using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>A commit that stays until this is disposed.</summary>
internal sealed class HeldBookmark(Bookmark bookmark, Action release) : IDisposable
{
    private int _released;

    public Bookmark Bookmark { get; } = bookmark;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            release();
        }
    }
}
