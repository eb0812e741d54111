using Microsoft.Extensions.Logging;
using Shoal.Client;
using Shoal.Sync.Configuration;
using Shoal.Sync.State;

namespace Shoal.Sync.Queue;

/// <summary>What all tenants of a queue share.</summary>
internal sealed record QueueContext(SourceSettings Settings, IReadOnlyDictionary<string, QueueTable> Tables, ShoalClient Client,
    StateStore State, QueueStore Store, QueueCounters Counters, TimeProvider Time, ILogger Log)
{
    public QueueSettings Queue => Settings.Queue!;
}
