namespace Shoal.Protocol.Http;

/// <summary>The reply to <c>/health</c>.</summary>
/// <param name="Status"><c>ok</c> or <c>stopping</c>.</param>
public sealed record HealthStatus(string Status);
