using System.Globalization;
using System.Runtime.ExceptionServices;
using Shoal.Client.Channels;
using Shoal.Client.D1;
using Shoal.Client.Http;
using Shoal.Protocol;

namespace Shoal.Client;

/// <summary>One database of an account. Costs nothing to make; thousands share the client's connections.</summary>
/// <remarks>Thread: safe. Errors: <see cref="ShoalException"/> of all methods that send.</remarks>
public sealed class Database
{
    private readonly bool _createIfMissing;

    internal Database(ShoalClient client, string name, bool createIfMissing)
    {
        Client = client;
        Name = name;
        _createIfMissing = createIfMissing;
    }

    /// <summary>The client that it was taken from.</summary>
    public ShoalClient Client { get; }

    /// <summary>Name or id, as it was given.</summary>
    public string Name { get; }

    /// <summary>A statement to bind and run. Sends nothing.</summary>
    public Statement Prepare(string sql) => Prepare(sql, scope: default);

    /// <summary>Runs statements in one transaction: all of them, or none.</summary>
    /// <returns>One result per statement, in order.</returns>
    public Task<IReadOnlyList<StatementResult>> BatchAsync(params IReadOnlyList<Statement> statements) =>
        BatchAsync(statements, CancellationToken.None);

    /// <summary>Runs statements in one transaction: all of them, or none.</summary>
    /// <param name="statements">At least one; a text with several statements gives several results.</param>
    /// <param name="cancellation">Stops waiting; the batch may have been applied.</param>
    public Task<IReadOnlyList<StatementResult>> BatchAsync(IReadOnlyList<Statement> statements,
        CancellationToken cancellation) => BatchAsync(statements, scope: default, cancellation);

    /// <summary>Runs SQL of any number of statements without parameters, in one transaction.</summary>
    public async Task<ExecResult> ExecAsync(string sql, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        var text = new StatementText(sql);
        var batch = Client.Channel.NewBatch(isSingle: true);
        batch.Add(text, []);
        using var reply = await RunAsync(batch, text.IsReading, scope: default, cancellation).ConfigureAwait(false);
        return new ExecResult(reply.Results.Length,
            reply.Results.Aggregate(TimeSpan.Zero, static (sum, one) => sum + one.Meta.Duration));
    }

    /// <summary>A sequence of requests that never reads older than it has seen.</summary>
    /// <param name="start">
    /// <see cref="SessionStart.FirstPrimary"/>, <see cref="SessionStart.FirstUnconstrained"/> (default), or the bookmark of a
    /// session before.
    /// </param>
    public DatabaseSession WithSession(string start = SessionStart.FirstUnconstrained)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(start);
        return new DatabaseSession(this, start);
    }

    /// <summary>What the database was at a moment, to be read: the newest commit that is not later.</summary>
    public PastDatabase AsOf(DateTimeOffset time) =>
        new(this, time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture));

    /// <summary>What the database was right after a commit, to be read.</summary>
    /// <param name="bookmark">Of the commit, as <see cref="DatabaseSession.Bookmark"/> tells it, or a name that it was given.</param>
    public PastDatabase AsOf(string bookmark)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(bookmark);
        return new PastDatabase(this, bookmark);
    }

    /// <summary>Creates the database when there is none with this name.</summary>
    public Task EnsureCreatedAsync(CancellationToken cancellation = default) =>
        Client.GetOrCreateDatabaseAsync(Name, cancellation);

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal Statement Prepare(string sql, RequestScope scope)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        var text = new StatementText(sql);
        return new Statement(this, scope, text, [], isRepeatable: text.IsReading || scope.AsOf is not null);
    }

    internal async Task<IReadOnlyList<StatementResult>> BatchAsync(IReadOnlyList<Statement> statements,
        RequestScope scope, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(statements);
        if (statements.Count == 0)
        {
            return [];
        }

        if (statements.Count > Client.Limits.StatementsMax)
        {
            throw ApiErrors.Refused($"the batch has {statements.Count} statements, more than the target takes "
                + $"({Client.Limits.StatementsMax})", "send several batches, or use a bulk writer", Name);
        }

        var batch = Client.Channel.NewBatch(isSingle: false);
        var repeatable = true;
        for (var index = 0; index < statements.Count; index++)
        {
            var statement = statements[index];
            if (!ReferenceEquals(statement.Owner.Client, Client) || statement.Owner.Name != Name)
            {
                throw new ArgumentException($"statement {index} belongs to database '{statement.Owner.Name}', not to '{Name}'",
                    nameof(statements));
            }

            if (statement.Scope.AsOf is { } moment && moment != scope.AsOf)
            {
                throw new ArgumentException($"statement {index} reads what the database was ({moment}), and the batch does not",
                    nameof(statements));
            }

            repeatable &= statement.IsRepeatable;
            batch.Add(statement.Text, statement.Values);
        }

        // The results keep the reply's memory, so it is left to the garbage collector.
        var reply = await RunAsync(batch, repeatable || scope.AsOf is not null, scope, cancellation).ConfigureAwait(false);
        return reply.Results;
    }

    /// <summary>Runs a batch. Where the caller asked for it, creates what is missing and runs it again.</summary>
    internal async ValueTask<BatchReply> RunAsync(StatementBatch batch, bool repeatable, RequestScope scope,
        CancellationToken cancellation, bool once = false)
    {
        var call = new BatchCall(Name, repeatable, scope, once);
        try
        {
            return await Client.Channel.RunAsync(batch, call, cancellation).ConfigureAwait(false);
        }
        catch (ShoalException error) when (IsMissing(error))
        {
            await CreateMissingAsync(error, scope, cancellation).ConfigureAwait(false);
            return await Client.Channel.RunAsync(batch, call, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The same, for rows that are read while they come.</summary>
    internal async ValueTask<RowStream> StreamAsync(StatementBatch batch, bool repeatable, RequestScope scope,
        CancellationToken cancellation)
    {
        var call = new BatchCall(Name, repeatable, scope);
        try
        {
            return await Client.Channel.StreamAsync(batch, call, cancellation).ConfigureAwait(false);
        }
        catch (ShoalException error) when (IsMissing(error))
        {
            await CreateMissingAsync(error, scope, cancellation).ConfigureAwait(false);
            return await Client.Channel.StreamAsync(batch, call, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Begins a transaction that stays open; null where the channel can not hold one.</summary>
    internal async ValueTask<ChannelTransaction?> BeginAsync(CancellationToken cancellation)
    {
        try
        {
            return await Client.Channel.BeginAsync(Name, cancellation).ConfigureAwait(false);
        }
        catch (ShoalException error) when (IsMissing(error))
        {
            await CreateMissingAsync(error, scope: default, cancellation).ConfigureAwait(false);
            return await Client.Channel.BeginAsync(Name, cancellation).ConfigureAwait(false);
        }
    }

    /// <remarks>
    /// Also when attempts before left open whether they were applied, as while a server starts again: only what may run twice is sent
    /// again after those.
    /// </remarks>
    private static bool IsMissing(ShoalException error) => error.Kind == ShoalErrorKind.DatabaseNotFound;

    private Task CreateMissingAsync(ShoalException error, RequestScope scope, CancellationToken cancellation)
    {
        Client.Channel.Forget(Name);

        // What is created now has no past.
        if (!_createIfMissing || scope.AsOf is not null || DatabaseId.TryParse(Name, out _))
        {
            ExceptionDispatchInfo.Throw(error);
        }

        return EnsureCreatedAsync(cancellation);
    }
}
