using Shoal.Items.Storage;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>A record of a table's stream.</summary>
/// <param name="Sequence">Its number; grows with each change of the database.</param>
/// <param name="At">When it happened.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Key">Which item.</param>
/// <param name="Old">The item before, where the stream shows it.</param>
/// <param name="New">The item after, where the stream shows it.</param>
public sealed record ItemChange(long Sequence, DateTimeOffset At, ChangeKind Kind, Item Key, Item? Old, Item? New);
