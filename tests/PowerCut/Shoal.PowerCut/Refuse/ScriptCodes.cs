namespace Shoal.PowerCut.Refuse;

/// <summary>Exit codes of the command <c>script</c>; 0 is an end without an error outside of the script's own steps.</summary>
internal static class ScriptCodes
{
    public const int Wrong = 3;
    public const int NotStarted = 4;
    public const int NotClosed = 5;
}
