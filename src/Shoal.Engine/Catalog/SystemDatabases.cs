using Shoal.Engine.Usage;
using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>The engine's own databases: no catalog entry names them, and no request of a user reaches them.</summary>
internal static class SystemDatabases
{
    /// <summary>Whether an id is one of theirs.</summary>
    public static bool Contains(DatabaseId id) => id == DatabaseCatalog.Id || id == UsageStore.Id;
}
