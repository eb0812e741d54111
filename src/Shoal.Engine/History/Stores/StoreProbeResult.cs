namespace Shoal.Engine.History.Stores;

/// <summary>What a store is found to do.</summary>
/// <param name="CreateOnly">Whether it refuses to create what is there. History needs that.</param>
/// <param name="RangeReads">Whether a part of an object can be read. History needs that.</param>
/// <param name="ListsAtOnce">Whether what was created is listed at once. History needs that.</param>
/// <param name="ReplaceIfMatch">Whether it replaces an object only in a known state; null where it can not be asked.</param>
/// <param name="Checksums">Whether it refuses content whose checksum is another one; null where it can not be asked.</param>
public sealed record StoreProbeResult(bool CreateOnly, bool RangeReads, bool ListsAtOnce, bool? ReplaceIfMatch, bool? Checksums)
{
    /// <summary>Whether history can be kept there.</summary>
    public bool IsUsable => CreateOnly && RangeReads && ListsAtOnce;
}
