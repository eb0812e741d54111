using Shoal.Protocol;

namespace Shoal.Engine.Doctor;

/// <summary>One thing that an examination found.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">What it is.</param>
/// <param name="Hint">What to do about it.</param>
public sealed record DoctorFinding(DoctorSeverity Severity, string Message, string Hint)
{
    /// <summary>The file concerned; null when none is.</summary>
    public string? File { get; init; }

    /// <summary>Where in the file; null when the whole of it is meant. Units: bytes.</summary>
    public long? OffsetBytes { get; init; }

    /// <summary>The database concerned; null when none is.</summary>
    public DatabaseId? DatabaseId { get; init; }
}
