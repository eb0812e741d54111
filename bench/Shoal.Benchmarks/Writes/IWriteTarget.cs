namespace Shoal.Benchmarks.Writes;

/// <summary>Something that commits single rows durably into one of several databases.</summary>
internal interface IWriteTarget : IAsyncDisposable
{
    /// <summary>Whether <see cref="WriteAsync"/> keeps its thread until the row is durable.</summary>
    bool Blocks { get; }

    /// <summary>Flushes and log bytes since the target was made.</summary>
    FlushCounts Flushes { get; }

    /// <summary>Commits a row; completes when it is durable. Thread: safe for any.</summary>
    /// <param name="database">From 0.</param>
    /// <param name="value">What the row holds.</param>
    ValueTask WriteAsync(int database, long value);

    /// <summary>Rows that are there, over all databases.</summary>
    Task<long> CountAsync();
}
