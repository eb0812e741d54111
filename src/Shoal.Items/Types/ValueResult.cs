using Shoal.Engine;

namespace Shoal.Items.Types;

/// <summary>What became of one write of a batch.</summary>
/// <param name="Value">What the write returned; null when it failed.</param>
/// <param name="Error">Why it was not applied; null when it was.</param>
public readonly record struct ValueResult(object? Value, EngineException? Error)
{
    /// <summary>Whether the write was applied.</summary>
    public bool IsApplied => Error is null;
}
