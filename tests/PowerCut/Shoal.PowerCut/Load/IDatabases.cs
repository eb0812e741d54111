using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Load;

/// <summary>The databases under test, by number: in an engine in this process, or behind a server.</summary>
/// <remarks>Thread: safe for any.</remarks>
internal interface IDatabases
{
    /// <summary>The numbers of those that exist.</summary>
    Task<IReadOnlyList<int>> ListAsync();

    Task CreateAsync(int number);

    Task DropAsync(int number);

    /// <summary>Runs a transaction. False when it was refused, because it is not the next one.</summary>
    Task<bool> TryRunAsync(int number, Transaction transaction);

    /// <summary>Runs VACUUM. False where that can not be reached.</summary>
    Task<bool> TryVacuumAsync(int number);

    /// <summary>Restores what the database was before the last VACUUM: its pages change, and what they hold does not.</summary>
    /// <returns>The number of the commit that did; null where that can not be done.</returns>
    Task<ulong?> TryUndoVacuumAsync(int number);

    /// <summary>How many transactions have been committed.</summary>
    Task<int> ReadCommitsAsync(int number);

    /// <summary>Makes a statement fail if so many transactions have been committed, and says whether it has failed.</summary>
    Task<bool> ProvokeErrorAsync(int number, int commits);

    /// <summary>Everything, in one snapshot.</summary>
    Task<(long Commits, DatabaseState State)> ReadAsync(int number);
}
