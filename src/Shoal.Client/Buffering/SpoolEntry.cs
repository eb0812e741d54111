namespace Shoal.Client.Buffering;

/// <summary>How an item stands in the spool: not yet, with what is to be written, or under a number.</summary>
internal readonly record struct SpoolEntry(byte[]? Payload, long Number);
