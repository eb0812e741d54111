namespace Shoal.Client.Channels;

/// <summary>A transaction that stays open between requests. It holds its database's writer.</summary>
/// <remarks>Thread: one request at a time. Errors: <see cref="ShoalException"/>. Disposing rolls back what is not committed.</remarks>
internal abstract class ChannelTransaction : IAsyncDisposable
{
    /// <summary>Runs a batch in it: all of its statements, or none; either way the transaction goes on.</summary>
    public abstract ValueTask<BatchReply> RunAsync(StatementBatch batch, CancellationToken cancellation);

    /// <summary>Makes everything durable.</summary>
    public abstract ValueTask CommitAsync(CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
