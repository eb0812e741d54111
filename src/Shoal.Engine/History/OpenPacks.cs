namespace Shoal.Engine.History;

/// <summary>Packs that are read from together: each is opened once, when it is first asked for.</summary>
/// <remarks>Thread: safe for any. Owns: the packs, until disposed.</remarks>
/// <param name="open">Opens a pack by its name.</param>
internal sealed class OpenPacks(Func<string, PackReader> open) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, PackReader> _packs = [];

    /// <summary>A pack.</summary>
    /// <exception cref="EngineException">It is missing or damaged.</exception>
    public PackReader Get(string name)
    {
        lock (_gate)
        {
            if (!_packs.TryGetValue(name, out var pack))
            {
                _packs.Add(name, pack = open(name));
            }

            return pack;
        }
    }

    public void Dispose()
    {
        foreach (var pack in _packs.Values)
        {
            pack.Dispose();
        }
    }
}
