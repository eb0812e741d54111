namespace Shoal.PowerCut.Refuse;

/// <summary>One thing to try: what fails, and how.</summary>
/// <param name="Position">Which operation.</param>
/// <param name="Error">EIO, ENOSPC, or SHORT for half a write.</param>
/// <param name="Forever">Whether all later operations of the kind fail as well; null leaves it to chance.</param>
internal readonly record struct ErrorCase(Position Position, string Error, bool? Forever);
