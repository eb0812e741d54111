using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shoal.Protocol.Http;
using Shoal.Server.Auth;
using Shoal.Server.D1;
using Shoal.Server.Http;

namespace Shoal.Server.Binding;

/// <summary>What a request of a D1 binding asks for, whichever way it came.</summary>
/// <param name="Secret">The token: from the path if there is one, otherwise from a header; empty when there is none.</param>
/// <param name="Database">Id or name of the database.</param>
/// <param name="Operation">What is to be done: <c>query</c>, <c>execute</c> or <c>dump</c>.</param>
/// <param name="Shape">How rows are wanted.</param>
/// <param name="InSession">Whether the client follows bookmarks.</param>
/// <param name="CreateOnUse">Whether a missing database is to be created; null when the request does not say.</param>
internal sealed record BindingCall(
    string Secret,
    string Database,
    string Operation,
    ResultShape Shape,
    bool InSession,
    bool? CreateOnUse)
{
    /// <summary>A request that workerd sent itself: <c>/binding/{name}/query</c>, or <c>/query</c> and a header.</summary>
    public static BindingCall Read(Exchange exchange)
    {
        var request = exchange.Http.Request;
        return exchange.HasItem
            ? Of(request, Segment(exchange, index: 1, count: 3), request.Path.Value!, request.Query["resultsFormat"], prefix: "")
            : Of(request, request.Headers[WireHeader.BindingDatabase].ToString(), request.Path.Value!,
                request.Query["resultsFormat"], prefix: "");
    }

    /// <summary>A request that Miniflare's remote proxy sent to <c>/mf/{name}</c>; the original is in its headers.</summary>
    public static BindingCall ReadProxied(Exchange exchange)
    {
        var request = exchange.Http.Request;
        if (!Uri.TryCreate(request.Headers[WireHeader.ProxiedUrl].ToString(), UriKind.Absolute, out var url))
        {
            throw RequestException.Malformed($"the header {WireHeader.ProxiedUrl} is missing or no URL; this address is for "
                + "remoteProxyConnectionString of Miniflare, bindings of workerd use /binding/<name>");
        }

        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(url.Query);
        query.TryGetValue("resultsFormat", out var format);
        return Of(request, Segment(exchange, index: 1, count: 2), url.AbsolutePath, format, WireHeader.ProxiedHeaderPrefix);
    }

    private static BindingCall Of(HttpRequest request, string address, string path, string? format, string prefix)
    {
        // A name has no @, a token may: the last one divides.
        var at = address.LastIndexOf('@');
        var name = address[(at + 1)..];
        if (name.Length == 0)
        {
            throw RequestException.Malformed("the request names no database (use /binding/<name>, /mf/<name>, or the header "
                + $"{WireHeader.BindingDatabase})");
        }

        return new BindingCall(
            at < 0 ? TokenReader.Read(request.Headers).ToString() : address[..at],
            name,
            path[(path.LastIndexOf('/') + 1)..],
            format == "ROWS_AND_COLUMNS" ? ResultShape.Arrays : ResultShape.Objects,
            !string.IsNullOrWhiteSpace(request.Headers[prefix + WireHeader.SessionCommitToken].ToString()),
            CreateOf(request.Headers[prefix + WireHeader.CreateOnUse].ToString()));
    }

    private static string Segment(Exchange exchange, int index, int count) =>
        RequestTarget.Segment(exchange.Http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, index, count)
            ?? throw RequestException.Malformed("the path must have no dots and no empty parts");

    private static bool? CreateOf(string header) => header switch
    {
        "" => null,
        "true" => true,
        "false" => false,
        _ => throw RequestException.Malformed($"{WireHeader.CreateOnUse} must be \"true\" or \"false\""),
    };
}
