namespace Shoal.Engine.Databases;

/// <summary>The writer of a database, held exclusively for long work.</summary>
/// <remarks>Thread: one at a time. Disposal rolls back what was not committed and lets the queue go on.</remarks>
internal sealed class WriterLease(DatabaseWriter writer, DatabaseConnection connection, GroupCommit transactions)
    : IDisposable
{
    private int _disposed;

    public DatabaseConnection Connection { get; } = connection;

    public GroupCommit Transactions { get; } = transactions;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Transactions.Rollback();
            writer.EndExclusive();
        }
    }
}
