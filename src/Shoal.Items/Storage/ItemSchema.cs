namespace Shoal.Items.Storage;

/// <summary>The tables that items live in, inside of a tenant's database. Format: <c>docs/formats/items.md</c>.</summary>
/// <remarks>Names start with <c>_cf_</c>, which user SQL can neither read nor write.</remarks>
internal static class ItemSchema
{
    /// <summary>Creates what is missing.</summary>
    public const string Create =
        """
        CREATE TABLE IF NOT EXISTS _cf_item_tables(name TEXT PRIMARY KEY, stamp INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS _cf_item_state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS _cf_items(tbl INTEGER, pk BLOB, sk BLOB, body BLOB NOT NULL, PRIMARY KEY(tbl, pk, sk)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS _cf_item_index(idx INTEGER, pk BLOB, sk BLOB, tie BLOB, body BLOB NOT NULL,
            PRIMARY KEY(idx, pk, sk, tie)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS _cf_item_ttl(tbl INTEGER, at INTEGER, pk BLOB, sk BLOB, PRIMARY KEY(tbl, at, pk, sk)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS _cf_item_stream(tbl INTEGER, seq INTEGER, at INTEGER NOT NULL, kind INTEGER NOT NULL,
            key BLOB NOT NULL, old BLOB, new BLOB, PRIMARY KEY(tbl, seq)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS _cf_item_tokens(token TEXT PRIMARY KEY, hash BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS _cf_item_tokens_at ON _cf_item_tokens(at);
        CREATE TABLE IF NOT EXISTS _cf_item_dropped(kind INTEGER, id INTEGER, PRIMARY KEY(kind, id)) WITHOUT ROWID;
        """;
}
