namespace Shoal.Engine.History;

/// <summary>The manifest that counts now, who reads by it, and the packs that may be deleted.</summary>
/// <remarks>
/// A pack that is not named any more stays until nobody reads by a manifest that names it. Thread: safe for any; one changes it.
/// </remarks>
/// <param name="folder">Where packs are.</param>
/// <param name="manifest">What counts first.</param>
internal sealed class CurrentManifest(HistoryFolder folder, HistoryManifest manifest)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _unnamed = new(StringComparer.Ordinal);
    private HistoryManifest _value = manifest;
    private int _readers;

    /// <summary>What counts.</summary>
    public HistoryManifest Value => Volatile.Read(ref _value);

    /// <summary>Packs stay while the result is not disposed.</summary>
    public HistoryReading BeginReading()
    {
        lock (_gate)
        {
            _readers++;
            return new HistoryReading(_value, folder, EndReading);
        }
    }

    /// <summary>From now on another one counts.</summary>
    public void Set(HistoryManifest next)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_value.Packs, next.Packs))
            {
                _unnamed.UnionWith(_value.Packs.Select(static pack => pack.Name));
                _unnamed.ExceptWith(next.Packs.Select(static pack => pack.Name));
            }

            _value = next;
        }
    }

    /// <summary>Deletes packs that it does not name, when nobody reads.</summary>
    /// <exception cref="EngineException">Somebody else has written the stored one; nothing was deleted.</exception>
    /// <exception cref="IOException">The disk refused; the next opening of the folder deletes what is left.</exception>
    public void DeleteUnnamed()
    {
        string[] deletable;
        lock (_gate)
        {
            if (_readers > 0 || _unnamed.Count == 0)
            {
                return;
            }

            deletable = [.. _unnamed];
            _unnamed.Clear();
        }

        folder.Delete(deletable, _value);
    }

    private void EndReading()
    {
        lock (_gate)
        {
            _readers--;
        }
    }
}
