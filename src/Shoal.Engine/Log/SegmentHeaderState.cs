namespace Shoal.Engine.Log;

/// <summary>What was found where a segment's header should be.</summary>
internal enum SegmentHeaderState
{
    /// <summary>A header that verifies.</summary>
    Valid,

    /// <summary>Zeros: the file was prepared and never used.</summary>
    NeverUsed,

    /// <summary>Something that does not verify.</summary>
    Damaged,

    /// <summary>A header of a version this program does not know.</summary>
    NewerVersion,
}
