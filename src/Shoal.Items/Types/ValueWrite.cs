namespace Shoal.Items.Types;

/// <summary>A write of a typed value, made by <see cref="Strings"/>, <see cref="Hashes"/> and the others, not run yet.</summary>
/// <remarks>Run it alone or in a batch with <see cref="ValueStore"/>. It holds no state, so it can be run any number of times.</remarks>
public abstract class ValueWrite
{
    private protected ValueWrite(string key) => Key = key;

    /// <summary>The key that it changes.</summary>
    public string Key { get; }

    internal abstract object? RunAny(ValueTransaction transaction);
}
