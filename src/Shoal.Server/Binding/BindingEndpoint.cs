using System.Runtime.CompilerServices;
using Shoal.Server.Auth;
using Shoal.Server.D1;
using Shoal.Server.Http;
using Shoal.Server.Transfer;

namespace Shoal.Server.Binding;

/// <summary>What <c>env.DB</c> of a Worker talks to: D1's binding protocol.</summary>
/// <remarks>
/// The SQL itself takes the path of <see cref="QueryEndpoint"/>; only addresses, the frame of the reply and failures differ.
/// Source: workerd's <c>cloudflare-internal:d1-api</c>; see <c>docs/reference/http-api.md</c>.
/// </remarks>
internal sealed class BindingEndpoint(
    Gatekeeper gatekeeper,
    BindingDatabases databases,
    QueryEndpoint queries,
    StreamEndpoints streams)
{
    /// <summary><c>query</c> and <c>execute</c>: one operation, of which the client chooses the form of the rows.</summary>
    public ValueTask QueryAsync(Exchange exchange) => RunAsync(exchange, BindingCall.Read(exchange));

    /// <summary><c>dump</c>: the database as an SQLite file. D1 itself has given it up.</summary>
    public ValueTask DumpAsync(Exchange exchange) => RunAsync(exchange, BindingCall.Read(exchange));

    /// <summary>Any of them, through Miniflare's remote proxy.</summary>
    public ValueTask ProxiedAsync(Exchange exchange) => RunAsync(exchange, BindingCall.ReadProxied(exchange));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunAsync(Exchange exchange, BindingCall call)
    {
        var isDump = call.Operation == "dump";
        if (isDump)
        {
            exchange.Failure = FailureShape.BindingStatus;
        }
        else if (call.Operation is not ("query" or "execute"))
        {
            throw RequestException.Malformed($"a binding knows query, execute and dump; \"{call.Operation}\" is none of them");
        }

        exchange.Caller = gatekeeper.Identify(call.Secret);
        exchange.Database = await databases.FindAsync(exchange, call.Database, call.CreateOnUse);
        if (isDump)
        {
            await streams.SendSqliteAsync(exchange);
        }
        else
        {
            await queries.RunBindingAsync(exchange, call.Shape, call.InSession);
        }
    }
}
