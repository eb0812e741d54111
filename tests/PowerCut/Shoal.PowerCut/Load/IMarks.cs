namespace Shoal.PowerCut.Load;

/// <summary>Where the load says what it has been promised. Thread: safe for any.</summary>
internal interface IMarks
{
    void Write(MarkKind kind, int database, int commits);
}
