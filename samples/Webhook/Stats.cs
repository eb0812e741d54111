namespace Shoal.Samples.Webhook;

/// <summary>How many events went in how many requests.</summary>
internal sealed record Stats(long Stored, long Requests);
