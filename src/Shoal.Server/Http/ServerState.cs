namespace Shoal.Server.Http;

/// <summary>Whether the server still wants new work.</summary>
internal sealed class ServerState
{
    private volatile bool _stopping;

    public bool IsStopping => _stopping;

    public void BeginStopping() => _stopping = true;
}
