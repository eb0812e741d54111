namespace Shoal.Sqlite.Connections;

/// <summary>Why a statement was stopped before its end.</summary>
public enum InterruptReason
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>The deadline of the run passed.</summary>
    Deadline,

    /// <summary>It has run for longer than may be where it runs; it is to be run again elsewhere.</summary>
    Yielded,

    /// <summary>The caller gave up.</summary>
    Cancelled,
}
