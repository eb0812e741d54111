using System.Globalization;
using Microsoft.Extensions.Logging;
using Shoal.Client;
using Shoal.Client.Bulk;
using Shoal.Client.Channels;
using Shoal.Client.Http;
using Shoal.Client.Retry;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.Protocol;
using Shoal.Protocol.D1;

namespace Shoal.Embedded.Channels;

/// <summary>Statements on an engine in this process: values are bound and rows read without a wire format in between.</summary>
internal sealed class EngineChannel : StatementChannel
{
    private const int ListPageSize = 1_000;

    private readonly EngineHost _host;
    private readonly ShoalEngineOptions _options;
    private readonly string _account;
    private readonly RetryPolicy _policy;
    private readonly ILogger _log;

    public EngineChannel(EngineHost host, ShoalEngineOptions options, string account)
    {
        _host = host;
        _options = options;
        _account = account;
        _policy = new RetryPolicy(options.Retry);
        _log = options.Engine.LoggerFactory.CreateLogger<ShoalClient>();
        ClientOptions = new ShoalClientOptions
        {
            Address = new Uri("file://" + Path.GetFullPath(options.Engine.DataFolder)),
            Account = account,
            Limits = new TargetLimits
            {
                Sql = options.Engine.Limits.RelaxedSql,
                StatementsMax = options.Engine.Limits.StatementsPerRequestMax,
                BodyBytesMax = options.BatchBytesMax,
            },
            Retry = options.Retry,
            TimeProvider = options.Engine.TimeProvider,
            LoggerFactory = options.Engine.LoggerFactory,
        };
    }

    /// <summary>What a client of this channel is told.</summary>
    public ShoalClientOptions ClientOptions { get; }

    public override bool RunsOnCaller => true;

    private DatabaseEngine Engine => _host.Engine;

    public override StatementBatch NewBatch(bool isSingle, int bytes = 1024) => new EngineBatch();

    public override RowBlock<T> NewBlock<T>(WriteSql<T> sql, bool asParameters) => new EngineRowBlock<T>(sql);

    public override ValueTask<BatchReply> RunAsync(StatementBatch batch, BatchCall call, CancellationToken cancellation)
    {
        var sink = new ResultSink(_options.ResultBytesMax);
        ValueTask run;
        try
        {
            run = RunOnceAsync((EngineBatch)batch, call, sink, cancellation);
        }
        catch (EngineException error)
        {
            run = ValueTask.FromException(error);
        }

        return run.IsCompletedSuccessfully ? ValueTask.FromResult(Reply(sink, call)) : FinishAsync(run, sink);

        async ValueTask<BatchReply> FinishAsync(ValueTask first, ResultSink results)
        {
            Attempts? attempts = null;
            while (true)
            {
                ShoalException failure;
                try
                {
                    await first.ConfigureAwait(false);
                    return Reply(results, call);
                }
                catch (EngineException error)
                {
                    failure = EngineErrors.Of(error, call.Database);
                }

                if (_host.IsClosed || !failure.IsTransient)
                {
                    throw failure;
                }

                attempts ??= new Attempts(_policy, _options.Engine.TimeProvider, _log, call.Database, call.IsRepeatable, call.IsOnce);
                await attempts.WaitAfterAsync(failure, cancellation).ConfigureAwait(false);
                results = new ResultSink(_options.ResultBytesMax);
                first = StartAsync(results);
            }
        }

        async ValueTask StartAsync(ResultSink results) =>
            await RunOnceAsync((EngineBatch)batch, call, results, cancellation).ConfigureAwait(false);
    }

    public override async ValueTask<RowStream> StreamAsync(StatementBatch batch, BatchCall call,
        CancellationToken cancellation)
    {
        var reply = await RunAsync(batch, call, cancellation).ConfigureAwait(false);
        return new StoredRowStream(reply.Results[0]);
    }

    public override async ValueTask<ChannelTransaction?> BeginAsync(string database, CancellationToken cancellation)
    {
        try
        {
            var held = await Engine.BeginAsync(Find(database).Id, cancellation).ConfigureAwait(false);
            return new EngineTransaction(_host, held, database, _options.ResultBytesMax);
        }
        catch (EngineException error)
        {
            throw EngineErrors.Of(error, database);
        }
    }

    public override async Task<DatabaseInfo> CreateDatabaseAsync(string name, bool repeatable, CancellationToken cancellation)
    {
        _host.ThrowIfClosed();
        try
        {
            var request = new NewDatabase { Account = _account, Name = name };
            return Summarize(await Engine.CreateDatabaseAsync(request, cancellation).ConfigureAwait(false));
        }
        catch (EngineException error)
        {
            throw EngineErrors.Of(error, name);
        }
    }

    public override async Task<DatabaseInfo?> FindDatabaseAsync(string nameOrId, CancellationToken cancellation)
    {
        _host.ThrowIfClosed();
        if (Engine.FindDatabase(_account, nameOrId) is not { } record)
        {
            return null;
        }

        try
        {
            var statistics = await Engine.GetStatisticsAsync(record.Id, cancellation).ConfigureAwait(false);
            return Summarize(record) with { NumTables = statistics.TableCount, FileSize = statistics.FileBytes };
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.DatabaseNotFound)
        {
            return null;
        }
        catch (EngineException error)
        {
            throw EngineErrors.Of(error, nameOrId);
        }
    }

    public override Task<IReadOnlyList<DatabaseInfo>> ListDatabasesAsync(string nameContains, int page,
        CancellationToken cancellation)
    {
        _host.ThrowIfClosed();
        var found = Engine.ListDatabases(_account, nameContains, page, ListPageSize);
        return Task.FromResult<IReadOnlyList<DatabaseInfo>>([.. found.Databases.Select(Summarize)]);
    }

    public override async Task<bool> DeleteDatabaseAsync(string nameOrId, CancellationToken cancellation)
    {
        _host.ThrowIfClosed();
        if (Engine.FindDatabase(_account, nameOrId) is not { } record)
        {
            return false;
        }

        try
        {
            await Engine.DeleteDatabaseAsync(record.Id, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.DatabaseNotFound)
        {
            return false;
        }
        catch (EngineException error)
        {
            throw EngineErrors.Of(error, nameOrId);
        }
    }

    public override void Forget(string nameOrId)
    {
        // Nothing is remembered: the engine knows its databases.
    }

    /// <summary>Does nothing: a client does not own the engine.</summary>
    public override void Dispose()
    {
    }

    private DatabaseRecord Find(string nameOrId)
    {
        _host.ThrowIfClosed();
        return Engine.FindDatabase(_account, nameOrId) ?? throw ApiErrors.DatabaseNotFound(nameOrId);
    }

    private ValueTask RunOnceAsync(EngineBatch batch, BatchCall call, ResultSink sink, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var id = Find(call.Database).Id;
        return call.Scope.AsOf is { } moment
            ? new ValueTask(Engine.TimeTravel.QueryAsync(id, RestoreMoment.Of(moment), batch.ToRequest(), sink, cancellation))
            : Engine.ExecuteAsync(id, batch.ToRequest(), sink, cancellation);
    }

    private BatchReply Reply(ResultSink sink, BatchCall call)
    {
        if (call.Scope.Session is { } session && Engine.FindDatabase(_account, call.Database) is { } record)
        {
            session.Seen(Engine.GetBookmark(record.Id)?.ToString());
        }

        return new BatchReply(sink.Results, memory: null);
    }

    private static DatabaseInfo Summarize(DatabaseRecord record) => new()
    {
        Uuid = record.Id.ToString(),
        Name = record.Name,
        CreatedAt = record.CreatedAt.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        Jurisdiction = record.Jurisdiction,
    };
}
