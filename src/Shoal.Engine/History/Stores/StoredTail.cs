using Shoal.Engine.Log;

namespace Shoal.Engine.History.Stores;

/// <summary>A step with commits that no pack of the store has yet.</summary>
/// <param name="Number">The step.</param>
/// <param name="End">Its commits are before this position of the log.</param>
internal readonly record struct StoredTail(ulong Number, LogPosition End);
