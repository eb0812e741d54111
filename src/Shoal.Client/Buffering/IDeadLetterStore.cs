namespace Shoal.Client.Buffering;

/// <summary>Keeps rows that were refused or never got through, until somebody looks at them.</summary>
/// <remarks>Thread: safe. What was added is there after a crash.</remarks>
public interface IDeadLetterStore
{
    /// <summary>Adds letters; one whose id is there takes its place. Completes when they are durable.</summary>
    Task AddAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellation = default);

    /// <summary>All letters, oldest first.</summary>
    IAsyncEnumerable<DeadLetter> ListAsync(CancellationToken cancellation = default);

    /// <summary>Removes letters; ids that are not there are passed over.</summary>
    /// <returns>How many were removed.</returns>
    Task<int> RemoveAsync(IReadOnlyCollection<string> ids, CancellationToken cancellation = default);
}
