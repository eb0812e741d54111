using System.Text;
using Microsoft.AspNetCore.Http;
using Shoal.Server.Http;

namespace Shoal.Server.Metrics;

/// <summary><c>GET /metrics</c> for Prometheus.</summary>
internal sealed class MetricsEndpoint(MetricCollector collector, ServerOptions options)
{
    /// <summary>For a token that is confined to nothing: the numbers are those of all accounts together.</summary>
    public ValueTask ReadAsync(Exchange exchange) => exchange.Caller.Account is null
        ? WriteAsync(exchange.Http)
        : throw RequestException.PermissionDenied();

    /// <summary>Writes the reply.</summary>
    public async ValueTask WriteAsync(HttpContext http)
    {
        var body = Encoding.UTF8.GetBytes(PrometheusText.Write(collector.Collect()) + options.MoreMetrics?.Invoke());
        http.Response.Headers.ContentType = PrometheusText.ContentType;
        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}
