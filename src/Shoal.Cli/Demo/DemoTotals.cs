namespace Shoal.Cli.Demo;

/// <summary>How far the demonstration's load is.</summary>
/// <param name="Databases">Databases done.</param>
/// <param name="DatabaseCount">Databases in all.</param>
/// <param name="Rows">Rows inserted.</param>
internal readonly record struct DemoTotals(int Databases, int DatabaseCount, long Rows);
