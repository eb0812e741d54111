namespace Shoal.Cli.Demo;

/// <summary>How far the demonstration's load is.</summary>
/// <param name="Checked">Databases that are complete by now.</param>
/// <param name="DatabaseCount">Databases in all.</param>
/// <param name="Loaded">Databases that had to be loaded.</param>
/// <param name="Rows">Rows inserted.</param>
internal readonly record struct DemoTotals(int Checked, int DatabaseCount, int Loaded, long Rows)
{
    /// <summary>One database more: with the rows it was loaded with, or null when it was complete before.</summary>
    public DemoTotals With(int? rows) => this with
    {
        Checked = Checked + 1,
        Loaded = Loaded + (rows is null ? 0 : 1),
        Rows = Rows + (rows ?? 0),
    };
}
