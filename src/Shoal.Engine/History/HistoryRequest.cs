using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>What somebody wants of the <see cref="HistoryKeeper"/> now.</summary>
internal sealed class HistoryRequest(HistoryRequestKind kind)
{
    public HistoryRequestKind Kind { get; } = kind;

    public DatabaseId Database { get; init; }

    /// <summary>Whether databases whose newest commit is of another epoch have a base, too.</summary>
    public bool IsEpochWhole { get; init; }

    /// <summary>Whether a snapshot is to be in a pack, and not only what it will hold to be fixed.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Completes when it is done, or has failed.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
