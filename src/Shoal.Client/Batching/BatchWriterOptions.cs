namespace Shoal.Client.Batching;

/// <summary>Settings of a <see cref="BatchWriter{T}"/>.</summary>
public sealed record BatchWriterOptions<T> : WriterOptions
{
    /// <summary>In which order items arrive. Default none.</summary>
    public ItemOrder Order { get; init; }

    /// <summary>What happens to items of one call that have the same key. Default: all are written.</summary>
    public Coalescing Coalescing { get; init; }

    /// <summary>Makes one item of two with the same key: the earlier and the later one.</summary>
    public Func<T, T, T>? Merge { get; init; }

    /// <summary>Whether an item deletes the row with its key instead of writing one; null (default) for none.</summary>
    public Func<T, bool>? IsDelete { get; init; }

    /// <summary>Rows that are held at most; who writes more waits. Default 100,000.</summary>
    public long PendingRowsMax { get; init; } = 100_000;

    /// <summary>Size of these rows. Units: bytes of the requests. Default 64 MiB.</summary>
    public long PendingBytesMax { get; init; } = 64 * 1024 * 1024;

    internal void Validate()
    {
        var wrong = Check();
        if (Coalescing == Coalescing.Merge && Merge is null)
        {
            wrong.Add($"{nameof(Coalescing)}.{nameof(Coalescing.Merge)} needs {nameof(Merge)}");
        }

        if (PendingRowsMax < 1 || PendingBytesMax < 1_000)
        {
            wrong.Add($"{nameof(PendingRowsMax)} must be at least 1 and {nameof(PendingBytesMax)} at least 1,000");
        }

        Throw(wrong, nameof(BatchWriterOptions<>));
    }
}
