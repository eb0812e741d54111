using Shoal.Protocol;

namespace Shoal.Engine.Usage;

/// <summary>The size that a database had from a point in time on.</summary>
/// <param name="Database">The database.</param>
/// <param name="Bucket">Start of the hour, UTC.</param>
/// <param name="Bytes">Its size at the end of that hour.</param>
public sealed record StorageRow(DatabaseId Database, DateTimeOffset Bucket, long Bytes);
