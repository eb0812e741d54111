using Shoal.Client.Channels;
using Shoal.Engine;

namespace Shoal.Embedded.Channels;

/// <summary>A transaction on an engine's writer.</summary>
internal sealed class EngineTransaction : ChannelTransaction
{
    private readonly EngineHost _host;
    private readonly DatabaseTransaction _held;
    private readonly string _database;
    private readonly int _resultBytesMax;

    public EngineTransaction(EngineHost host, DatabaseTransaction held, string database, int resultBytesMax)
    {
        _host = host;
        _held = held;
        _database = database;
        _resultBytesMax = resultBytesMax;
        host.Add(this);
    }

    public override async ValueTask<BatchReply> RunAsync(StatementBatch batch, CancellationToken cancellation)
    {
        var sink = new ResultSink(_resultBytesMax);
        try
        {
            await _held.ExecuteAsync(((EngineBatch)batch).ToRequest(), sink, cancellation).ConfigureAwait(false);
            return new BatchReply(sink.Results, memory: null);
        }
        catch (EngineException error)
        {
            throw EngineErrors.Of(error, _database);
        }
    }

    public override async ValueTask CommitAsync(CancellationToken cancellation)
    {
        try
        {
            await _held.CommitAsync(cancellation).ConfigureAwait(false);
        }
        catch (EngineException error)
        {
            throw EngineErrors.Of(error, _database);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        _host.Remove(this);
        await _held.DisposeAsync().ConfigureAwait(false);
    }
}
