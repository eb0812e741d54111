using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Shoal.Client;

/// <summary>Puts a <see cref="ShoalClient"/> into a container of services.</summary>
public static class ShoalServiceCollectionExtensions
{
    /// <summary>Adds one client for the whole program, with connections of its own.</summary>
    public static IServiceCollection AddShoal(this IServiceCollection services, ShoalClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return AddShoal(services, _ => options, http: null);
    }

    /// <summary>Adds one client for the whole program.</summary>
    /// <param name="services">The container.</param>
    /// <param name="options">Makes its settings; where they name no log, the container's is taken.</param>
    /// <param name="http">
    /// Asked before each request, so that a factory can change the connections below:
    /// <c>provider => provider.GetRequiredService&lt;IHttpClientFactory&gt;().CreateClient("shoal")</c>. Null for connections of
    /// its own.
    /// </param>
    public static IServiceCollection AddShoal(this IServiceCollection services,
        Func<IServiceProvider, ShoalClientOptions> options, Func<IServiceProvider, HttpClient>? http = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        return services.AddSingleton(provider =>
        {
            var made = options(provider);
            if (ReferenceEquals(made.LoggerFactory, NullLoggerFactory.Instance)
                && provider.GetService<ILoggerFactory>() is { } log)
            {
                made = made with { LoggerFactory = log };
            }

            return http is null ? new ShoalClient(made) : new ShoalClient(() => http(provider), made);
        });
    }
}
