using Shoal.Server.Http;

namespace Shoal.Server.D1;

/// <summary>Everything one query request needs memory for; reused from request to request.</summary>
internal sealed class QueryWork(byte[] metaPrefix, long responseBytesMax)
{
    public RequestBody Body { get; } = new();

    public QueryBody Statements { get; } = new();

    public QueryReply Reply { get; } = new(metaPrefix, responseBytesMax);

    public void Clear()
    {
        Statements.Clear();
        Body.Dispose();
        Reply.Clear();
    }
}
