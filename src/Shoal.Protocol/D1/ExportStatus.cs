namespace Shoal.Protocol.D1;

/// <summary>How far an export is.</summary>
public sealed record ExportStatus
{
    /// <summary>False when the export failed.</summary>
    public bool Success { get; init; } = true;

    /// <summary>Always <c>export</c>.</summary>
    public string Type { get; init; } = "export";

    /// <summary>Names the export; constant while it is polled.</summary>
    public string? AtBookmark { get; init; }

    /// <summary><c>active</c>, <c>complete</c> or <c>error</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What happened since the last poll.</summary>
    public IReadOnlyList<string> Messages { get; init; } = [];

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    /// <summary>The file, when complete.</summary>
    public ExportFile? Result { get; init; }

    /// <summary>Same as in <see cref="Result"/>: some clients read it here.</summary>
    public string? Filename { get; init; }

    /// <summary>Same as in <see cref="Result"/>: some clients read it here.</summary>
    public string? SignedUrl { get; init; }
}
