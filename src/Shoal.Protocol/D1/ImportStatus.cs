namespace Shoal.Protocol.D1;

/// <summary>How far an import is.</summary>
public sealed record ImportStatus
{
    /// <summary>False when the import failed.</summary>
    public bool Success { get; init; } = true;

    /// <summary>Always <c>import</c>.</summary>
    public string Type { get; init; } = "import";

    /// <summary>Names the import; constant while it is polled.</summary>
    public string? AtBookmark { get; init; }

    /// <summary><c>active</c>, <c>complete</c> or <c>error</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What happened since the last poll.</summary>
    public IReadOnlyList<string> Messages { get; init; } = [];

    /// <summary>Why it failed.</summary>
    public IReadOnlyList<string>? Errors { get; init; }

    /// <summary>Same as in <see cref="Errors"/>: clients read one or the other.</summary>
    public string? Error { get; init; }

    /// <summary>The totals, when complete.</summary>
    public ImportSummary? Result { get; init; }
}
