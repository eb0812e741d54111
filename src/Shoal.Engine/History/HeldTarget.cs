using Shoal.Engine.Catalog;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>A state that somebody has asked for, in packs that have it; it can be restored until this is disposed.</summary>
/// <param name="Reading">The packs.</param>
/// <param name="Target">The state.</param>
/// <param name="Locator">What has found it.</param>
/// <param name="Held">Keeps its commit when others of the minute are left out.</param>
internal sealed record HeldTarget(HistoryReading Reading, RestoreTarget Target, MomentLocator Locator, HeldBookmark Held) : IDisposable
{
    public Bookmark Bookmark => Target.Bookmark;

    public void Dispose()
    {
        Held.Dispose();
        Reading.Dispose();
    }
}
