namespace Shoal.Engine.History.Stores;

/// <summary>What became of a database in the restore of a node.</summary>
/// <param name="Database">Which.</param>
/// <param name="Number">The commit that it was restored to; null when nothing of it could be.</param>
/// <param name="Bytes">Its file's length.</param>
/// <param name="Problem">Why it is, or may be, older than wanted, with the nearest state; null when it is not.</param>
internal sealed record RestoredDatabase(RestorableDatabase Database, ulong? Number, long Bytes, string? Problem);
