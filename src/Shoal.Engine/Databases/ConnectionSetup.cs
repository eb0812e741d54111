using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Databases;

/// <summary>How a connection of the engine differs from SQLite's defaults, for as long as it is open.</summary>
internal static class ConnectionSetup
{
    public static void Apply(SqliteConnection native, EngineLimits limits, DurabilityMode durability, bool isWriter)
    {
        native.EnableDefensiveMode();
        native.SetLimit(SqliteLimit.Attached, 0);
        native.SetLimit(SqliteLimit.WorkerThreads, 0);
        // Sorts and temporary tables spill to files: one query must not take the memory of all tenants.
        native.Execute("PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=FILE");
        native.Execute(durability == DurabilityMode.Log ? "PRAGMA synchronous=OFF" : "PRAGMA synchronous=FULL");
        if (durability == DurabilityMode.Log)
        {
            // The log is the truth; what a closing connection would copy or delete is for the checkpointer to decide.
            native.DisableCheckpointOnClose();
        }

        if (!isWriter)
        {
            native.Execute("PRAGMA query_only=1");
        }

        if (isWriter)
        {
            var pageBytes = native.QueryInteger("PRAGMA page_size");
            native.Execute($"PRAGMA max_page_count={limits.DatabaseBytesMax / pageBytes}");
        }
    }
}
