namespace Shoal.Sync.Streaming;

/// <summary>Somebody has asked for a pause: the run ends, and the next one begins when it is over.</summary>
internal sealed class SyncPausedException() : Exception("paused");
