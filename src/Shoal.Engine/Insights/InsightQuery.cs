namespace Shoal.Engine.Insights;

/// <summary>A statement that an insight is about.</summary>
/// <param name="Id">SHA-256 of its text, hex.</param>
/// <param name="Text">The statement without values.</param>
/// <param name="Cost">Rows that it read and wrote over the time that was looked at.</param>
public sealed record InsightQuery(string Id, string Text, long Cost);
