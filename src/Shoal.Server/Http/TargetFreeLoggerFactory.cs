using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Shoal.Server.Http;

/// <summary>
/// The application's logger factory, without the web framework's categories that write targets of requests: these may hold
/// tokens.
/// </summary>
internal sealed class TargetFreeLoggerFactory(ILoggerFactory inner) : ILoggerFactory
{
    private static readonly string[] Silent =
        ["Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.Server.Kestrel.BadRequests"];

    public ILogger CreateLogger(string categoryName) => Silent.Contains(categoryName, StringComparer.Ordinal)
        ? NullLogger.Instance
        : inner.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The application's own factory is its own to dispose.</summary>
    public void Dispose()
    {
    }
}
