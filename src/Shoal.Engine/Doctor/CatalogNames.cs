using Shoal.Protocol;

namespace Shoal.Engine.Doctor;

/// <summary>Reads the catalog's names where no engine runs.</summary>
internal static class CatalogNames
{
    /// <exception cref="EngineException">An id is damaged.</exception>
    /// <exception cref="Sqlite.SqliteException">The catalog can not be read.</exception>
    public static IReadOnlyDictionary<DatabaseId, string> Read(RecoveredImage catalog)
    {
        var names = new Dictionary<DatabaseId, string>();
        foreach (var line in catalog.ReadText("SELECT id || ' ' || name FROM databases"))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            names[DatabaseId.TryParse(line[..space], out var id) ? id : throw new EngineException(
                EngineErrorKind.Corruption, $"the catalog holds a bad id: {line}", "Restore the data folder from a backup.")] =
                line[(space + 1)..];
        }

        return names;
    }
}
