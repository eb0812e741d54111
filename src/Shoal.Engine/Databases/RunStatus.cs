namespace Shoal.Engine.Databases;

/// <summary>How the statements of a request ended on a connection.</summary>
internal enum RunStatus
{
    /// <summary>All have run.</summary>
    Completed,

    /// <summary>One failed; nothing of the request may stay.</summary>
    Failed,

    /// <summary>It has used up its time where it ran, and must run again in the <see cref="SlowLane"/>.</summary>
    Yielded,

    /// <summary>The request writes or needs the writer's state, and this connection is a reader.</summary>
    NeedsWriter,
}
