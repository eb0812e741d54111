namespace Shoal.Engine.Tests.Crashes;

/// <summary>What a <see cref="Step"/> does.</summary>
internal enum StepKind
{
    Create,
    Drop,
    Run,
    RunTogether,
    Import,
    Vacuum,
    Checkpoint,

    /// <summary>The process ends at once.</summary>
    Crash,

    /// <summary>The engine is closed and opened.</summary>
    Restart,

    /// <summary>The process ends at once, and the next one uses the other durability mode.</summary>
    CrashAndChangeMode,
}
