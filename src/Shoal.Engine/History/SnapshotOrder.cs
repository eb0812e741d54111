using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>A snapshot that is to be taken.</summary>
/// <param name="Database">Of which database.</param>
/// <param name="IsWhole">Whether packs have all of it; if not, the database itself has to be read.</param>
/// <param name="Epoch">Epoch of the newest commit that packs have; the snapshot is not older.</param>
/// <param name="Last">Its number.</param>
internal readonly record struct SnapshotOrder(DatabaseId Database, bool IsWhole, uint Epoch, ulong Last);
