namespace Shoal.Engine.Doctor;

/// <summary>What an examination of a data folder found.</summary>
public sealed record DoctorReport
{
    /// <summary>The folder.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Which mode wrote it last; null when that could not be found out.</summary>
    public DurabilityMode? Durability { get; init; }

    /// <summary>Databases in the catalog.</summary>
    public int DatabaseCount { get; init; }

    /// <summary>Bytes of database files, the catalog included.</summary>
    public long DatabaseBytes { get; init; }

    /// <summary>Databases whose content was read and checked, the catalog included.</summary>
    public int CheckedCount { get; init; }

    /// <summary>Segments of the log that a start reads; those that only wait for history are not among them.</summary>
    public int SegmentCount { get; init; }

    /// <summary>Bytes of all files of the log.</summary>
    public long LogBytes { get; init; }

    /// <summary>Bytes in the log that database files lack; they are redone at the next start.</summary>
    public long UncheckpointedBytes { get; init; }

    /// <summary>Databases whose files lack something that the log holds.</summary>
    public int UncheckpointedCount { get; init; }

    /// <summary>Where the log ends, as segment and offset; null without a log or when it can not be read.</summary>
    public string? LogEnd { get; init; }

    /// <summary>Free space on the folder's disk. Units: bytes.</summary>
    public long FreeBytes { get; init; }

    /// <summary>Everything found, in the order of looking.</summary>
    public required IReadOnlyList<DoctorFinding> Findings { get; init; }

    /// <summary>Whether no finding is a problem.</summary>
    public bool IsHealthy => Findings.All(static finding => finding.Severity != DoctorSeverity.Problem);
}
