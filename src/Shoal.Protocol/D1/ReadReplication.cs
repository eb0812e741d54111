namespace Shoal.Protocol.D1;

/// <summary>Whether reads may be served by replicas.</summary>
/// <param name="Mode"><c>auto</c> or <c>disabled</c>.</param>
public sealed record ReadReplication(string? Mode);
