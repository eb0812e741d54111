using System.Text.Json.Nodes;
using Shoal.Cli.Usage;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Insights;
using Shoal.Engine.Requests;
using Shoal.Engine.Transfer;
using Shoal.Engine.Usage;
using Shoal.Protocol;
using Shoal.Protocol.Admin;
using Shoal.Protocol.D1;
using Shoal.Server.History;

namespace Shoal.Cli.Targets;

/// <summary>A data folder, opened by an engine in this process.</summary>
internal sealed class FolderTarget : ITarget
{
    private const int ListPageSize = 1_000;

    private readonly DatabaseEngine _engine;
    private readonly string _account;

    private FolderTarget(DatabaseEngine engine, string folder, string account)
    {
        _engine = engine;
        _account = account;
        Description = folder;
    }

    public string Description { get; }

    public static async Task<FolderTarget> OpenAsync(string folder, string account, bool create,
        CancellationToken cancellationToken)
    {
        if (!create && !Directory.Exists(folder))
        {
            throw new CliException($"there is no data folder {folder}",
                $"check --data; `shoal serve --data {folder}` or `shoal db create NAME --data {folder}` makes a new one");
        }

        try
        {
            var engine = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder }, cancellationToken);
            return new FolderTarget(engine, folder, account);
        }
        catch (EngineException failure) when (failure.Kind == EngineErrorKind.DataFolderInUse)
        {
            throw new CliException(failure.Message,
                "talk to the server instead: drop --data and give --url and --token; or stop it first", failure);
        }
    }

    public async Task<DatabaseSummary> CreateDatabaseAsync(string name, string? locationHint,
        CancellationToken cancellationToken)
    {
        var record = await _engine.CreateDatabaseAsync(
            new NewDatabase { Account = _account, Name = name, LocationHint = locationHint }, cancellationToken);
        await RecordAsync(AuditAction.DatabaseCreated, _account, record.Id.ToString(), record.Name);
        return Summary(record);
    }

    public Task<IReadOnlyList<DatabaseSummary>> ListDatabasesAsync(string? nameContains,
        CancellationToken cancellationToken)
    {
        var all = new List<DatabaseSummary>();
        for (var page = 1; ; page++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var found = _engine.ListDatabases(_account, nameContains, page, ListPageSize);
            all.AddRange(found.Databases.Select(Summary));
            if (found.Databases.Count < ListPageSize)
            {
                return Task.FromResult<IReadOnlyList<DatabaseSummary>>(all);
            }
        }
    }

    public async Task<DatabaseSummary?> FindDatabaseAsync(string idOrName, CancellationToken cancellationToken)
    {
        if (_engine.FindDatabase(_account, idOrName) is not { } record)
        {
            return null;
        }

        var statistics = await _engine.GetStatisticsAsync(record.Id, cancellationToken);
        return Summary(record) with { FileBytes = statistics.FileBytes, TableCount = statistics.TableCount };
    }

    public async Task DeleteDatabaseAsync(DatabaseSummary database, CancellationToken cancellationToken)
    {
        await _engine.DeleteDatabaseAsync(database.Id, cancellationToken);
        await RecordAsync(AuditAction.DatabaseDeleted, _account, database.Id.ToString(), database.Name);
    }

    public async Task<IReadOnlyList<StatementResult>> ExecuteAsync(DatabaseSummary database,
        IReadOnlyList<SqlText> batch, RestoreMoment? asOf, CancellationToken cancellationToken)
    {
        var request = new SqlRequest
        {
            Items = [.. batch.Select(text => new SqlBatchItem(text.Sql, [.. text.Parameters]))],
            Compatibility = CompatibilityLevel.Relaxed,
        };
        var collector = new BoundedResults();
        if (asOf is { } moment)
        {
            await _engine.TimeTravel.QueryAsync(database.Id, moment, request, collector, cancellationToken);
        }
        else
        {
            await _engine.ExecuteAsync(database.Id, request, collector, cancellationToken);
        }

        return collector.Results;
    }

    public async Task<ImportSummary> ImportAsync(DatabaseSummary database, ImportSource source,
        IProgress<TransferProgress> progress, CancellationToken cancellationToken)
    {
        await RecordAsync(AuditAction.DatabaseImported, _account, database.Id.ToString(), database.Name);
        var result = await RunAsync();
        return new ImportSummary(result.Statements, ResultMeta.From(result.Meta));

        async Task<ImportResult> RunAsync()
        {
            if (source.Format == TransferFormat.Sqlite)
            {
                return await _engine.ImportSqliteAsync(database.Id, source.Path, progress, cancellationToken);
            }

            await using var file = File.OpenRead(source.Path);
            return source.Format == TransferFormat.Sql
                ? await _engine.ImportSqlAsync(database.Id, file, progress, cancellationToken)
                : await _engine.ImportCsvAsync(database.Id, file,
                    new CsvImportOptions { Table = source.Table!, Delimiter = source.Delimiter }, progress, cancellationToken);
        }
    }

    public Task ExportTextAsync(DatabaseSummary database, ExportRequest request, Stream output,
        IProgress<TransferProgress> progress, CancellationToken cancellationToken) =>
        request.Format == TransferFormat.Csv
            ? _engine.ExportCsvAsync(database.Id, output, request.Tables[0], progress, cancellationToken)
            : _engine.ExportSqlAsync(database.Id, output,
                new ExportOptions { NoData = request.NoData, NoSchema = request.NoSchema, Tables = request.Tables },
                progress, cancellationToken);

    public Task ExportSqliteAsync(DatabaseSummary database, string path, IProgress<TransferProgress> progress,
        CancellationToken cancellationToken) =>
        _engine.ExportSqliteAsync(database.Id, path, progress, cancellationToken);

    public Task<IReadOnlyList<HistoryRange>> ListHistoryAsync(DatabaseSummary database, CancellationToken cancellationToken) =>
        _engine.TimeTravel.ListAsync(database.Id, cancellationToken);

    public Task<RetentionInfo> GetRetentionAsync(DatabaseSummary database, CancellationToken cancellationToken)
    {
        var (retention, isDefault) = _engine.TimeTravel.GetRetention(database.Id);
        return Task.FromResult(new RetentionInfo(retention.TotalDays, isDefault));
    }

    public async Task<RetentionInfo> SetRetentionAsync(DatabaseSummary database, int? days, CancellationToken cancellationToken)
    {
        await _engine.TimeTravel.SetRetentionAsync(database.Id, days);
        await RecordAsync(AuditAction.DatabaseUpdated, _account, database.Id.ToString(), database.Name);
        return await GetRetentionAsync(database, cancellationToken);
    }

    public async Task<string> FindBookmarkAsync(DatabaseSummary database, DateTimeOffset time, CancellationToken cancellationToken) =>
        (await _engine.TimeTravel.FindBookmarkAsync(database.Id, time, cancellationToken)).ToString();

    public Task<IReadOnlyList<DroppedDatabase>> ListDeletedAsync(CancellationToken cancellationToken) =>
        _engine.TimeTravel.ListDroppedAsync(_account);

    public async Task<RestoreSummary> RestoreAsync(DatabaseSummary database, RestoreMoment moment, CancellationToken cancellationToken)
    {
        var result = await _engine.TimeTravel.RestoreAsync(database.Id, moment, cancellationToken);
        await RecordAsync(AuditAction.DatabaseRestored, _account, database.Id.ToString(), database.Name);
        return new RestoreSummary(result.Restored.ToString(), result.Previous.ToString());
    }

    public async Task<DatabaseSummary> ForkAsync(DatabaseId source, RestoreMoment? moment, string name, CancellationToken cancellationToken)
    {
        var record = await _engine.TimeTravel.ForkAsync(
            source, moment, new NewDatabase { Account = _account, Name = name }, cancellationToken);
        await RecordAsync(AuditAction.DatabaseCreated, _account, record.Id.ToString(), record.Name);
        return Summary(record);
    }

    public async Task<NamedBookmark> NameAsync(DatabaseSummary database, string name, RestoreMoment? moment,
        CancellationToken cancellationToken)
    {
        var named = await _engine.TimeTravel.NameAsync(database.Id, name, moment, cancellationToken);
        await RecordAsync(AuditAction.BookmarkCreated, _account, database.Id.ToString(), database.Name, ("bookmark", name));
        return named;
    }

    public Task<IReadOnlyList<NamedBookmark>> ListNamesAsync(DatabaseSummary database, CancellationToken cancellationToken) =>
        _engine.TimeTravel.ListNamesAsync(database.Id);

    public async Task<bool> RemoveNameAsync(DatabaseSummary database, string name, CancellationToken cancellationToken)
    {
        var removed = await _engine.TimeTravel.RemoveNameAsync(database.Id, name);
        if (removed)
        {
            await RecordAsync(AuditAction.BookmarkDeleted, _account, database.Id.ToString(), database.Name, ("bookmark", name));
        }

        return removed;
    }

    public async Task<RestoreProofInfo> ProveRestoresAsync(int sample, int? seed, CancellationToken cancellationToken) =>
        BackupReport.Of(await _engine.TimeTravel.ProveAsync(sample, seed ?? BackupReport.NewSeed(), account: null, cancellationToken));

    public async Task<NewToken> CreateTokenAsync(TokenRequest request, CancellationToken cancellationToken)
    {
        var token = await _engine.Tokens.CreateAsync(request.Name, request.Account, request.Databases, request.Permission,
            request.ExpiresAt, cancellationToken);
        await RecordAsync(AuditAction.TokenCreated, request.Account, token.Record.Id, request.Name);
        return token;
    }

    public Task<IReadOnlyList<TokenRecord>> ListTokensAsync(CancellationToken cancellationToken) =>
        Task.FromResult(_engine.Tokens.List());

    public async Task<bool> RevokeTokenAsync(string id, CancellationToken cancellationToken)
    {
        var known = _engine.Tokens.List().FirstOrDefault(token => token.Id == id);
        var revoked = await _engine.Tokens.RevokeAsync(id, cancellationToken);
        if (revoked)
        {
            await RecordAsync(AuditAction.TokenRevoked, known?.Account, id, known?.Name ?? "");
        }

        return revoked;
    }

    public Task<IReadOnlyList<AuditRecord>> ListAuditAsync(DateTimeOffset? since, int limit,
        CancellationToken cancellationToken) => _engine.Audit.ListAsync(since, limit);

    public async Task<UsageReport> ReadUsageAsync(UsagePeriod period, UsageGrouping by, DatabaseSummary? database,
        CancellationToken cancellationToken)
    {
        var query = new UsageQuery
        {
            Account = _account,
            Databases = database is null ? null : [database.Id],
            From = period.From,
            To = period.To.AddTicks(-1),
            GroupBy = by,
        };
        var rows = await _engine.Usage.ReadAsync(query, cancellationToken);
        var sizes = await _engine.Usage.ReadStorageAsync(query, cancellationToken);
        return new UsageReport(rows, StorageAverage.Of(sizes, period.From, period.To));
    }

    public async Task<IReadOnlyList<Insight>> ReadInsightsAsync(DatabaseSummary? database, CancellationToken cancellationToken)
    {
        var to = _engine.Options.TimeProvider.GetUtcNow();
        var all = new List<Insight>();
        foreach (var each in database is null ? await ListDatabasesAsync(nameContains: null, cancellationToken) : [database])
        {
            all.AddRange(await _engine.FindInsightsAsync(each.Id, to.AddDays(-7), to, cancellationToken));
        }

        return all;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private Task RecordAsync(string action, string? account, string subject, string name, params (string Name, string Value)[] more)
    {
        var detail = new JsonObject { ["name"] = name };
        foreach (var (key, value) in more)
        {
            detail[key] = value;
        }

        return _engine.Audit.RecordAsync(new AuditEntry("command-line", "local " + Environment.UserName, action, account, subject,
            detail.ToJsonString()));
    }

    private static DatabaseSummary Summary(DatabaseRecord record) =>
        new(record.Id, record.Name, record.CreatedAt, FileBytes: null, TableCount: null);
}
