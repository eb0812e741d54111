using Shoal.Protocol;

namespace Shoal.Engine.History.Stores;

/// <summary>A copy of the catalog as a store holds it.</summary>
/// <param name="Stored">The SQLite file, compressed by Brotli.</param>
/// <param name="Hash">SHA-256 of <paramref name="Stored"/>, in hexadecimal.</param>
/// <param name="Awaited">Databases that it does not list yet, for nothing of them can be restored.</param>
internal sealed record CatalogCopy(byte[] Stored, string Hash, IReadOnlyList<DatabaseId> Awaited);
