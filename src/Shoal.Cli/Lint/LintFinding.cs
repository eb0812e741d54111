namespace Shoal.Cli.Lint;

/// <summary>A write that goes row by row.</summary>
/// <param name="File">As a person would name it.</param>
/// <param name="Line">Counts from 1.</param>
/// <param name="Column">Counts from 1, in characters.</param>
/// <param name="Length">Characters of the call that stand on that line.</param>
/// <param name="Source">The line.</param>
/// <param name="Rule">What it is.</param>
/// <param name="Loop">What repeats it.</param>
/// <param name="IsConcurrent">Whether all rows may be on their way at once.</param>
internal sealed record LintFinding(string File, int Line, int Column, int Length, string Source,
    WriteRule Rule, string Loop, bool IsConcurrent)
{
    public string Message => $"{Rule.What} runs once per row, in {Loop}";
}
