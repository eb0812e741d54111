using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>An entry of a stream.</summary>
/// <param name="Id">Where it is.</param>
/// <param name="Fields">What it says.</param>
public sealed record StreamEntry(StreamId Id, Item Fields);
