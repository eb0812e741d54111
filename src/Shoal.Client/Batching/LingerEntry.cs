namespace Shoal.Client.Batching;

/// <summary>A batch that waits for rows; none when it is sealed, so that the timer's queue keeps no rows alive.</summary>
internal sealed class LingerEntry<T>
{
    public LaneBatch<T>? Batch { get; set; }
}
