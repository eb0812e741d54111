namespace Shoal.Sync.State;

/// <summary>The row in every tenant's database that says how far it is. It commits with the rows.</summary>
internal static class StateSql
{
    public const string Create = "CREATE TABLE IF NOT EXISTS _sync_state(source TEXT PRIMARY KEY, applied_lsn INTEGER NOT NULL, "
        + "snapshot TEXT, snapshot_lsn INTEGER NOT NULL, schema_hash TEXT NOT NULL, copied INTEGER NOT NULL, updated_ms INTEGER NOT NULL, "
        + "copy_token INTEGER NOT NULL DEFAULT 0) STRICT";

    public const string Insert = "INSERT OR IGNORE INTO _sync_state VALUES (?, 0, NULL, 0, ?, 0, ?, 0)";

    public const string Read = "SELECT applied_lsn, snapshot, snapshot_lsn, schema_hash, copied FROM _sync_state WHERE source = ?";

    /// <summary>
    /// Fails the batch when somebody else, or this very batch, has moved on, or the row is gone: applied_lsn would be NULL.
    /// Parameters: source, expected, new, source, time.
    /// </summary>
    public const string Advance = "INSERT INTO _sync_state VALUES (?, (SELECT CASE WHEN applied_lsn = ? THEN ? END FROM _sync_state "
        + "WHERE source = ?), NULL, 0, '', 0, ?, 0) ON CONFLICT(source) DO UPDATE SET applied_lsn = excluded.applied_lsn, "
        + "updated_ms = excluded.updated_ms";

    /// <summary>Always fails: tells whether what stands before it in the batch would pass.</summary>
    public const string Probe = "INSERT INTO _sync_state VALUES (?, NULL, NULL, 0, '', 0, 0, 0)";

    public const string BeginCopy = "UPDATE _sync_state SET copy_token = ? WHERE source = ?";

    /// <summary>Fails the batch when another copy has begun since: this one's sender was given up. Parameters: token, source.</summary>
    public const string GuardCopy = "UPDATE _sync_state SET applied_lsn = CASE WHEN copy_token = ? THEN applied_lsn END WHERE source = ?";

    public const string Finish = "UPDATE _sync_state SET applied_lsn = ?, snapshot = ?, snapshot_lsn = ?, schema_hash = ?, copied = 1, "
        + "updated_ms = ? WHERE source = ?";

    /// <summary>What the refusal of <see cref="Advance"/>, <see cref="GuardCopy"/> and <see cref="Probe"/> says.</summary>
    public const string Refusal = "_sync_state.applied_lsn";
}
