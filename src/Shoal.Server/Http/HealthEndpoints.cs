using Microsoft.AspNetCore.Http;
using Shoal.Protocol;
using Shoal.Protocol.Http;

namespace Shoal.Server.Http;

/// <summary>What load balancers and supervisors ask.</summary>
internal sealed class HealthEndpoints(ServerState state)
{
    private static readonly HealthStatus Ok = new("ok");
    private static readonly HealthStatus Stopping = new("stopping");

    /// <summary>Whether to send requests here.</summary>
    public ValueTask ReadyAsync(Exchange exchange) => state.IsStopping
        ? WriteAsync(exchange, StatusCodes.Status503ServiceUnavailable, Stopping)
        : WriteAsync(exchange, StatusCodes.Status200OK, Ok);

    /// <summary>Whether the process answers at all.</summary>
    public ValueTask LiveAsync(Exchange exchange) => WriteAsync(exchange, StatusCodes.Status200OK, Ok);

    private static ValueTask WriteAsync(Exchange exchange, int status, HealthStatus health) =>
        Reply.JsonAsync(exchange.Http, status, health, WireJson.Instance.HealthStatus);
}
