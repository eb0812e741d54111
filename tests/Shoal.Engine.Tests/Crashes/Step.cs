namespace Shoal.Engine.Tests.Crashes;

/// <summary>One step of a <see cref="RandomWorkload"/>.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Database">With which database, by number.</param>
/// <param name="Sql">One text, or several that may run at the same time and in any order.</param>
internal sealed record Step(StepKind Kind, int Database = 0, params IReadOnlyList<string> Sql);
