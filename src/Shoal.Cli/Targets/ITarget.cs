using Shoal.Cli.Usage;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Insights;
using Shoal.Engine.Transfer;
using Shoal.Engine.Usage;
using Shoal.Protocol;
using Shoal.Protocol.Admin;
using Shoal.Protocol.D1;

namespace Shoal.Cli.Targets;

/// <summary>Where commands find databases: behind a server's HTTP API, or in a data folder opened in this process.</summary>
internal interface ITarget : IAsyncDisposable
{
    /// <summary>What a message calls it.</summary>
    string Description { get; }

    Task<DatabaseSummary> CreateDatabaseAsync(string name, string? locationHint, CancellationToken cancellationToken);

    /// <summary>Databases of the account, oldest first, without their sizes.</summary>
    Task<IReadOnlyList<DatabaseSummary>> ListDatabasesAsync(string? nameContains, CancellationToken cancellationToken);

    /// <summary>A database by id or name, with its size; null when there is none.</summary>
    Task<DatabaseSummary?> FindDatabaseAsync(string idOrName, CancellationToken cancellationToken);

    Task DeleteDatabaseAsync(DatabaseSummary database, CancellationToken cancellationToken);

    /// <summary>Runs statements in one transaction; one result per statement.</summary>
    /// <param name="database">Where.</param>
    /// <param name="batch">The statements.</param>
    /// <param name="asOf">What the database was at this moment is read; null for what it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<StatementResult>> ExecuteAsync(DatabaseSummary database, IReadOnlyList<SqlText> batch, RestoreMoment? asOf,
        CancellationToken cancellationToken);

    /// <summary>Runs statements on what the database is.</summary>
    Task<IReadOnlyList<StatementResult>> ExecuteAsync(DatabaseSummary database, IReadOnlyList<SqlText> batch,
        CancellationToken cancellationToken) => ExecuteAsync(database, batch, asOf: null, cancellationToken);

    /// <summary>Loads a file, all of it or nothing.</summary>
    Task<ImportSummary> ImportAsync(DatabaseSummary database, ImportSource source, IProgress<TransferProgress> progress,
        CancellationToken cancellationToken);

    /// <summary>Writes SQL or CSV text.</summary>
    Task ExportTextAsync(DatabaseSummary database, ExportRequest request, Stream output,
        IProgress<TransferProgress> progress, CancellationToken cancellationToken);

    /// <summary>Writes an SQLite file at a path that must not exist.</summary>
    Task ExportSqliteAsync(DatabaseSummary database, string path, IProgress<TransferProgress> progress,
        CancellationToken cancellationToken);

    /// <summary>What can be restored of a database, oldest first.</summary>
    Task<IReadOnlyList<HistoryRange>> ListHistoryAsync(DatabaseSummary database, CancellationToken cancellationToken);

    /// <summary>For how many days history of a database is kept, and whether that is what is kept of all.</summary>
    Task<RetentionInfo> GetRetentionAsync(DatabaseSummary database, CancellationToken cancellationToken);

    /// <summary>Changes it; null for what is kept of all.</summary>
    Task<RetentionInfo> SetRetentionAsync(DatabaseSummary database, int? days, CancellationToken cancellationToken);

    /// <summary>The bookmark of what a database was at a moment.</summary>
    Task<string> FindBookmarkAsync(DatabaseSummary database, DateTimeOffset time, CancellationToken cancellationToken);

    /// <summary>Deleted databases that can be brought back, the last deleted first.</summary>
    Task<IReadOnlyList<DroppedDatabase>> ListDeletedAsync(CancellationToken cancellationToken);

    /// <summary>Makes a database what it was.</summary>
    Task<RestoreSummary> RestoreAsync(DatabaseSummary database, RestoreMoment moment, CancellationToken cancellationToken);

    /// <summary>Copies what a database was, or the newest it was, to a new one.</summary>
    Task<DatabaseSummary> ForkAsync(DatabaseId source, RestoreMoment? moment, string name, CancellationToken cancellationToken);

    /// <summary>Gives a state a name; null for what the database is now.</summary>
    Task<NamedBookmark> NameAsync(DatabaseSummary database, string name, RestoreMoment? moment, CancellationToken cancellationToken);

    /// <summary>The named states of a database, the first named first.</summary>
    Task<IReadOnlyList<NamedBookmark>> ListNamesAsync(DatabaseSummary database, CancellationToken cancellationToken);

    /// <summary>Takes a name away; false when there is none.</summary>
    Task<bool> RemoveNameAsync(DatabaseSummary database, string name, CancellationToken cancellationToken);

    /// <summary>Restores a random sample of all databases of the node into scratch files, and looks at them.</summary>
    Task<RestoreProofInfo> ProveRestoresAsync(int sample, int? seed, CancellationToken cancellationToken);

    Task<NewToken> CreateTokenAsync(TokenRequest request, CancellationToken cancellationToken);

    Task<IReadOnlyList<TokenRecord>> ListTokensAsync(CancellationToken cancellationToken);

    /// <summary>False when no token has that id.</summary>
    Task<bool> RevokeTokenAsync(string id, CancellationToken cancellationToken);

    /// <summary>What databases cost in a span of time.</summary>
    /// <param name="period">The span.</param>
    /// <param name="by">What rows are told apart by.</param>
    /// <param name="database">One database; null for all of the account.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<UsageReport> ReadUsageAsync(UsagePeriod period, UsageGrouping by, DatabaseSummary? database,
        CancellationToken cancellationToken);

    /// <summary>What would be better about statements of the last week, of one database or of all of the account.</summary>
    Task<IReadOnlyList<Insight>> ReadInsightsAsync(DatabaseSummary? database, CancellationToken cancellationToken);

    /// <summary>Administrative acts, newest first.</summary>
    Task<IReadOnlyList<AuditRecord>> ListAuditAsync(DateTimeOffset? since, int limit, CancellationToken cancellationToken);
}
