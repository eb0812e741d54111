namespace Shoal.Engine.Databases;

/// <summary>How the statements of a request ended on a connection.</summary>
internal enum RunStatus
{
    /// <summary>All have run.</summary>
    Completed,

    /// <summary>One failed; nothing of the request may stay.</summary>
    Failed,

    /// <summary>The request writes or needs the writer's state, and this connection is a reader.</summary>
    NeedsWriter,
}
