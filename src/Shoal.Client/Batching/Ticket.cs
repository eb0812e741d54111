namespace Shoal.Client.Batching;

/// <summary>Who waits for an item and as what.</summary>
internal readonly record struct Ticket(IResultSink? Sink, int Index);
