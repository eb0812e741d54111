namespace Shoal.Client.D1;

/// <summary>What <see cref="Database.ExecAsync"/> did.</summary>
/// <param name="Count">Statements that ran.</param>
/// <param name="Duration">Their time inside SQLite together.</param>
public sealed record ExecResult(int Count, TimeSpan Duration);
