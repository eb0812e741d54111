namespace Shoal.Samples.Webhook;

/// <summary>How many events of a delivery are durable.</summary>
internal sealed record Answer(int Stored, int Failed);
