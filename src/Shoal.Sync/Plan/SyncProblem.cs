namespace Shoal.Sync.Plan;

/// <summary>Something that is missing or wrong in PostgreSQL.</summary>
/// <param name="Subject">The table, or the server.</param>
/// <param name="Message">What is wrong and why it matters.</param>
/// <param name="Fix">The SQL to run, or null.</param>
/// <param name="IsFatal">Whether the sync can not begin with it.</param>
public sealed record SyncProblem(string Subject, string Message, string? Fix, bool IsFatal)
{
    /// <summary>The statements of <see cref="Fix"/>; none where somebody must do more than run them.</summary>
    public IReadOnlyList<string> Statements => Fix is null || Fix.Contains("--", StringComparison.Ordinal)
        || Fix.Contains("(...)", StringComparison.Ordinal) ? []
        : [.. Fix.Split("; ", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(static one => one.TrimEnd(';') + ";")];
}
