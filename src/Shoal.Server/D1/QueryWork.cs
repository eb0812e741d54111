using Shoal.Server.Http;

namespace Shoal.Server.D1;

/// <summary>Everything one query request needs memory for; reused from request to request.</summary>
internal sealed class QueryWork(byte[] metaPrefix, ServerOptions options, MemoryBudget budget)
{
    public RequestBody Body { get; } = new(budget);

    public QueryBody Statements { get; } = new(options.Limits, budget);

    public QueryReply Reply { get; } = new(metaPrefix, options.ResponseBytesMax, budget);

    public void Clear()
    {
        Statements.Clear();
        Body.Dispose();
        Reply.Clear();
    }
}
