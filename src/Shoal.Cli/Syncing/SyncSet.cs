using Microsoft.Extensions.Logging;
using Shoal.Client;
using Shoal.Sync;
using Shoal.Sync.Configuration;

namespace Shoal.Cli.Syncing;

/// <summary>The streams and queues of some sources, to be run beside each other in one process.</summary>
internal sealed class SyncSet
{
    /// <param name="sources">What of.</param>
    /// <param name="client">Reaches the server with the tenants' databases.</param>
    /// <param name="logger">Hears what happens.</param>
    public SyncSet(IReadOnlyList<SourceSettings> sources, ShoalClient client, ILogger logger)
    {
        Queues = [.. sources.Where(static one => one.Queue is not null)
            .Select(settings => (settings, new SyncQueue(settings, client, logger)))];
        Streams = [.. sources.Where(static one => one.Streams).Select(settings => (settings,
            new SyncSource(settings, client, logger, Queues.FirstOrDefault(one => one.Settings == settings).Queue)))];
    }

    /// <summary>Sources that have a queue.</summary>
    public IReadOnlyList<(SourceSettings Settings, SyncQueue Queue)> Queues { get; }

    /// <summary>Sources that have a stream; a stream that fills a queue knows it.</summary>
    public IReadOnlyList<(SourceSettings Settings, SyncSource Source)> Streams { get; }

    /// <summary>Whether all stream and apply.</summary>
    public bool IsHealthy => Streams.All(static one => one.Source.IsStreaming) && Queues.All(static one => one.Queue.IsRunning);

    /// <summary>What they count, in Prometheus' text format.</summary>
    public string Metrics()
    {
        SyncSource[] sources = [.. Streams.Select(static one => one.Source)];
        return SyncExport.Write(sources) + JobExport.Write(sources) + QueueExport.Write([.. Queues.Select(static one => one.Queue)]);
    }
}
