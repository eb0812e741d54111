namespace Shoal.Engine.Catalog;

/// <summary>An administrative act as it was noted.</summary>
/// <param name="Id">Counts up.</param>
/// <param name="At">When it was noted.</param>
/// <param name="Entry">What was noted.</param>
public sealed record AuditRecord(long Id, DateTimeOffset At, AuditEntry Entry);
