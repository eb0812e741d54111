using System.Collections.Concurrent;
using Shoal.Client;

namespace Shoal.Samples.Webhook;

/// <summary>Creates a tenant's database and table when its first event comes.</summary>
internal sealed class TenantSchemas(ShoalClient client)
{
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    public static bool IsValid(string tenant) =>
        tenant.Length is > 0 and <= 50 && tenant.All(static character => char.IsAsciiLetterOrDigit(character) || character == '-');

    public async Task EnsureAsync(string tenant, CancellationToken cancellation)
    {
        if (_known.ContainsKey(tenant))
        {
            return;
        }

        await client.Database("events-" + tenant, createIfMissing: true).ExecAsync("""
            CREATE TABLE IF NOT EXISTS events(id TEXT PRIMARY KEY, type TEXT NOT NULL, payload TEXT NOT NULL CHECK (json_valid(payload)),
                received TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)
            """, cancellation);
        _known.TryAdd(tenant, true);
    }
}
