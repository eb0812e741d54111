using Shoal.Engine.Databases;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>What a database was at one commit, as a file of its own that requests read.</summary>
/// <remarks>Owned and counted by <see cref="PastViews"/>; the fields that change are behind its lock.</remarks>
internal sealed class PastView(DatabaseId id, Bookmark bookmark)
{
    public DatabaseId Id { get; } = id;

    public Bookmark Bookmark { get; } = bookmark;

    /// <summary>What its file takes; 0 until it is whole.</summary>
    public long Bytes { get; set; }

    /// <summary>Requests that use it.</summary>
    public int Users { get; set; }

    /// <summary>When the last request left it.</summary>
    public DateTimeOffset UsedAt { get; set; }

    /// <summary>Moments that turned out to mean this commit; some of them.</summary>
    public HashSet<DateTimeOffset> Times { get; } = [];

    /// <summary>Completes when it can be read, or has failed.</summary>
    public TaskCompletionSource<Database> Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its connections; null until it is whole.</summary>
    public Database? Database { get; set; }

    /// <summary>Its file; null until it is whole.</summary>
    public RestoredFile? File { get; set; }
}
