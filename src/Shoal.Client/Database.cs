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
    public Statement Prepare(string sql)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        return new Statement(this, sql, [], SqlText.IsCertainlyReading(sql));
    }

    /// <summary>Runs statements in one transaction: all of them, or none.</summary>
    /// <returns>One result per statement, in order.</returns>
    public Task<IReadOnlyList<StatementResult>> BatchAsync(params IReadOnlyList<Statement> statements) =>
        BatchAsync(statements, CancellationToken.None);

    /// <summary>Runs statements in one transaction: all of them, or none.</summary>
    /// <param name="statements">At least one; a text with several statements gives several results.</param>
    /// <param name="cancellation">Stops waiting; the batch may have been applied.</param>
    public async Task<IReadOnlyList<StatementResult>> BatchAsync(IReadOnlyList<Statement> statements,
        CancellationToken cancellation)
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

        var body = new JsonBuffer();
        var repeatable = true;
        body.Raw("{\"batch\":["u8);
        for (var index = 0; index < statements.Count; index++)
        {
            var statement = statements[index];
            if (!ReferenceEquals(statement.Owner.Client, Client) || statement.Owner.Name != Name)
            {
                throw new ArgumentException($"statement {index} belongs to database '{statement.Owner.Name}', not to '{Name}'",
                    nameof(statements));
            }

            repeatable &= statement.IsRepeatable;
            body.Raw(index == 0 ? "{"u8 : ",{"u8);
            statement.WriteTo(body);
            body.Raw("}"u8);
        }

        body.Raw("]}"u8);

        // The results keep the reply's memory, so it is left to the garbage collector.
        var reply = await SendAsync(body, statements.Count, repeatable, cancellation).ConfigureAwait(false);
        return ReplyParser.Parse(reply.Memory, reply.Call);
    }

    /// <summary>Runs SQL of any number of statements without parameters, in one transaction.</summary>
    public async Task<ExecResult> ExecAsync(string sql, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        var body = new JsonBuffer();
        body.Raw("{\"sql\":"u8);
        body.Text(sql);
        body.Raw("}"u8);
        using var reply = await SendAsync(body, statementCount: 0, SqlText.IsCertainlyReading(sql), cancellation)
            .ConfigureAwait(false);
        var results = ReplyParser.Parse(reply.Memory, reply.Call);
        return new ExecResult(results.Length, results.Aggregate(TimeSpan.Zero, static (sum, one) => sum + one.Meta.Duration));
    }

    /// <summary>Creates the database when there is none with this name.</summary>
    public Task EnsureCreatedAsync(CancellationToken cancellation = default) =>
        Client.GetOrCreateDatabaseAsync(Name, cancellation);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Sends a body of statements. Where the caller asked for it, creates what is missing and sends again.</summary>
    internal async Task<ReplyBody> SendAsync(JsonBuffer body, int statementCount, bool repeatable,
        CancellationToken cancellation, bool once = false)
    {
        try
        {
            return await SendOnceAsync(body, statementCount, repeatable, once, cancellation).ConfigureAwait(false);
        }
        catch (ShoalException error) when (error.Kind == ShoalErrorKind.DatabaseNotFound && !error.MayHaveBeenApplied)
        {
            Client.Forget(Name);
            if (!_createIfMissing || DatabaseId.TryParse(Name, out _))
            {
                throw;
            }

            await EnsureCreatedAsync(cancellation).ConfigureAwait(false);
            return await SendOnceAsync(body, statementCount, repeatable, once, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<ReplyBody> SendOnceAsync(JsonBuffer body, int statementCount, bool repeatable, bool once,
        CancellationToken cancellation)
    {
        var path = await Client.PathOfAsync(Name, cancellation).ConfigureAwait(false);
        var call = new ApiCall(HttpMethod.Post, path + "/raw", body, Name, repeatable, statementCount, once);
        return await Client.Transport.SendAsync(call, cancellation).ConfigureAwait(false);
    }
}
