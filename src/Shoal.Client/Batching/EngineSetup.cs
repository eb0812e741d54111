using Shoal.Client.Buffering;
using Shoal.Client.Bulk;

namespace Shoal.Client.Batching;

/// <summary>What a <see cref="WriteEngine{T}"/> is made of.</summary>
internal sealed record EngineSetup<T>
{
    public required ShoalClient Client { get; init; }

    public required TableMap<T> Map { get; init; }

    public required WriteMode Mode { get; init; }

    public required Func<T, string> DatabaseOf { get; init; }

    public required WriterOptions Options { get; init; }

    public required ItemOrder Order { get; init; }

    /// <summary>Whether an item deletes the row with its key; null when none does.</summary>
    public Func<T, bool>? IsDelete { get; init; }

    public required long RowsMax { get; init; }

    public required long BytesMax { get; init; }

    /// <summary>How long a batch waits for rows; null until its lane is free.</summary>
    public TimeSpan? Linger { get; init; }

    public TimeSpan LingerJitter { get; init; }

    public Spool<T>? Spool { get; init; }

    /// <summary>Told of items that are not applied.</summary>
    public Action<IReadOnlyList<FailedItem<T>>>? Failed { get; init; }
}
