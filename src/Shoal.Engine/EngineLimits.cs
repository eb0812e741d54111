using Shoal.Protocol;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine;

/// <summary>What can never grow past a bound in the engine.</summary>
public sealed record EngineLimits
{
    /// <summary>Databases of one account. Default 1,000,000, as D1's paid plan.</summary>
    public int DatabasesPerAccountMax { get; init; } = 1_000_000;

    /// <summary>Size of one database. Units: bytes. Default 10 GB, as D1.</summary>
    public long DatabaseBytesMax { get; init; } = 10_000_000_000;

    /// <summary>Databases open at once; 0 (default) derives it from the descriptor limit: (limit − 2,000) / 5.</summary>
    public int OpenDatabasesMax { get; init; }

    /// <summary>Databases being opened at the same time. Default 50: opening is disk-bound.</summary>
    public int ConcurrentOpensMax { get; init; } = 50;

    /// <summary>Reader connections per database. Default 4.</summary>
    public int ReadersPerDatabaseMax { get; init; } = 4;

    /// <summary>Requests that may wait for one database's writer. Default 1,000; more are refused as overloaded.</summary>
    public int WriteQueueMax { get; init; } = 1_000;

    /// <summary>Requests that may wait for one database's readers. Default 1,000.</summary>
    public int ReadQueueMax { get; init; } = 1_000;

    /// <summary>Requests that share one transaction. Default 128.</summary>
    public int GroupCommitRequestsMax { get; init; } = 128;

    /// <summary>How long one request may run SQL. Default 30 s, as D1.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one statement of an import may run: twenty times a request, for indexes of large tables.</summary>
    internal TimeSpan ImportStatementTimeout => 20 * QueryTimeout;

    /// <summary>Memory that SQLite may take for one request. Units: bytes. Default 128 MiB, what a Worker has.</summary>
    public long QueryMemoryBytesMax { get; init; } = 128 * 1024 * 1024;

    /// <summary>
    /// Temporary files of one request: sorts, also of a new index, and temporary tables. Units: bytes. Default 10 GB, as a database.
    /// They leave 256 MiB or a tenth of their file system free besides.
    /// </summary>
    public long QueryTemporaryBytesMax { get; init; } = 10_000_000_000;

    /// <summary>
    /// How long SQL runs on the thread that its request arrived on while others want something; what takes longer starts again
    /// on threads of low priority, which databases share in turns, and the next time begins there. Default 2 ms.
    /// </summary>
    public TimeSpan InlineTimeMax { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Long requests that may have begun at once, in all databases; the rest waits. Default 64: a thread each.</summary>
    public int SlowThreadsMax { get; init; } = 64;

    /// <summary>
    /// How long a transaction may stay open between requests (<see cref="DatabaseEngine.BeginAsync"/>); other writers of the
    /// database wait meanwhile. Default 30 s, as one request.
    /// </summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Memory of one connection's prepared statements. Units: bytes. Default 1 MiB.</summary>
    public int StatementCacheBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Statements of one request. Default 10,000.</summary>
    public int StatementsPerRequestMax { get; init; } = 10_000;

    /// <summary>WAL frames after which a database is checkpointed. Default 1,000 (4 MB), as SQLite.</summary>
    public int CheckpointFramesMin { get; init; } = 1_000;

    /// <summary>Size of a segment of the commit log. Units: bytes. Default 64 MiB; at least 4 MiB.</summary>
    public long LogSegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes of log after which a checkpoint starts at once. Default 512 MiB: about 3 s of recovery.</summary>
    public long LogBytesCheckpoint { get; init; } = 512 * 1024 * 1024;

    /// <summary>Bytes of log after which writes are refused until a checkpoint has caught up. Default 4 GiB.</summary>
    public long LogBytesMax { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>Administrative acts that are remembered; the oldest make room. Default 100,000: about 30 MB.</summary>
    public int AuditEntriesMax { get; init; } = 100_000;

    /// <summary>What SQLite may take for one request; zero is no limit.</summary>
    internal RunBounds QueryBounds => new(QueryMemoryBytesMax, QueryTemporaryBytesMax);

    /// <summary>For databases of the engine's own, in which no user's SQL runs: they bound themselves.</summary>
    internal EngineLimits OfSystemDatabases =>
        this with { DatabaseBytesMax = long.MaxValue, QueryMemoryBytesMax = 0, QueryTemporaryBytesMax = 0 };

    /// <summary>Limits of a statement under <see cref="CompatibilityLevel.Strict"/>.</summary>
    public SqlLimits StrictSql { get; init; } = SqlLimits.Strict;

    /// <summary>Limits of a statement under <see cref="CompatibilityLevel.Relaxed"/>.</summary>
    public SqlLimits RelaxedSql { get; init; } = SqlLimits.Relaxed;
}
