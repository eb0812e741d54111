using System.Globalization;
using System.Text;
using Shoal.Engine.Databases;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>Which databases exist, for whom and under which name.</summary>
/// <remarks>
/// Shape: itself a database of the engine, under the all-zero id; a copy in memory answers every look-up without I/O.
/// Invariant: what is in memory is durable in the catalog's file. Thread: safe for any; changes are serialized.
/// </remarks>
internal sealed class DatabaseCatalog : IDisposable
{
    /// <summary>The catalog's own identity; no user database can have it.</summary>
    public static readonly DatabaseId Id = new(Guid.Empty);

    private const string Schema =
        """
        CREATE TABLE IF NOT EXISTS databases(
          id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
          location_hint TEXT, jurisdiction TEXT, read_replication TEXT NOT NULL, UNIQUE(account, name)) STRICT;
        CREATE TABLE IF NOT EXISTS dropped(id TEXT PRIMARY KEY) STRICT;
        CREATE TABLE IF NOT EXISTS commit_numbers(id TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS bookmark_epoch(
          id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, exact INTEGER NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS born(id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS dropped_history(
          id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
          dropped_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS known_bookmarks(
          id TEXT NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,
          PRIMARY KEY(id, epoch, number)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS named_bookmarks(
          id TEXT NOT NULL, name TEXT NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,
          automatic INTEGER NOT NULL, PRIMARY KEY(id, name)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS history_retention(id TEXT PRIMARY KEY, seconds INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS restore_proof(
          id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS tokens(
          id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, account TEXT, databases TEXT NOT NULL,
          permission INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER) STRICT;
        CREATE TABLE IF NOT EXISTS audit(
          id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, origin TEXT NOT NULL, action TEXT NOT NULL,
          account TEXT, subject TEXT, detail TEXT NOT NULL) STRICT;
        """;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _changes = new(1);
    private readonly Dictionary<DatabaseId, DatabaseRecord> _byId = [];
    private readonly Dictionary<(string Account, string Name), DatabaseRecord> _byName = [];
    private readonly SortedDictionary<string, List<DatabaseRecord>> _byAccount = new(StringComparer.Ordinal);
    private readonly DatabaseHost _host;

    private DatabaseCatalog(DatabaseHost host)
    {
        _host = host;
        History = new HistoryRecords(this);
    }

    /// <summary>What history has to know of databases besides what is in packs.</summary>
    public HistoryRecords History { get; }

    /// <summary>Databases of all accounts.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byId.Count;
            }
        }
    }

    /// <summary>Reads the catalog, creating its tables when missing.</summary>
    public static async Task<DatabaseCatalog> LoadAsync(DatabaseHost host)
    {
        var catalog = new DatabaseCatalog(host);
        foreach (var table in Schema.Split(";\n"))
        {
            // One by one: the limit of statements in a request is the user's to choose.
            await catalog.ExecuteAsync(table).ConfigureAwait(false);
        }

        var rows = await catalog.ExecuteAsync(
            """
            SELECT id, account, name, created_at, location_hint, jurisdiction, read_replication FROM databases
            ORDER BY created_at, rowid
            """).ConfigureAwait(false);
        foreach (var row in rows)
        {
            catalog.Remember(ToRecord(row));
        }

        return catalog;
    }

    /// <summary>Runs a trusted statement on the catalog's database and gives the rows of the last one.</summary>
    public async Task<IReadOnlyList<SqlValue[]>> ExecuteAsync(string sql, params SqlValue[] parameters)
    {
        var results = new ResultCollector();
        var database = await _host.AcquireAsync(Id, CancellationToken.None).ConfigureAwait(false);
        try
        {
            await database.ExecuteAsync(SqlRequest.Relaxed(sql, parameters), results, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _host.Release(database);
        }

        return results.Rows;
    }

    public DatabaseRecord? Find(DatabaseId id)
    {
        lock (_gate)
        {
            return _byId.GetValueOrDefault(id);
        }
    }

    public DatabaseRecord? Find(string account, string idOrName)
    {
        lock (_gate)
        {
            return DatabaseId.TryParse(idOrName, out var id) && _byId.TryGetValue(id, out var record)
                && record.Account == account
                ? record
                : _byName.GetValueOrDefault((account, idOrName));
        }
    }

    public DatabasePage List(string account, string? nameContains, int page, int perPage)
    {
        lock (_gate)
        {
            if (!_byAccount.TryGetValue(account, out var all))
            {
                return new DatabasePage([], 0);
            }

            var matching = string.IsNullOrEmpty(nameContains)
                ? all
                : all.FindAll(record => record.Name.Contains(nameContains, StringComparison.OrdinalIgnoreCase));
            var start = Math.Min((long)(page - 1) * perPage, matching.Count);
            var count = Math.Min(perPage, matching.Count - start);
            return new DatabasePage(matching.GetRange((int)start, (int)count), matching.Count);
        }
    }

    /// <summary>All databases.</summary>
    public IReadOnlyList<DatabaseId> ListIds()
    {
        lock (_gate)
        {
            return [.. _byId.Keys];
        }
    }

    public IReadOnlyList<string> ListAccounts()
    {
        lock (_gate)
        {
            return [.. _byAccount.Keys];
        }
    }

    /// <summary>Adds a database whose file <paramref name="createFile"/> creates; durable when the task completes.</summary>
    /// <exception cref="EngineException">The name is taken or the account is full.</exception>
    public async Task<DatabaseRecord> AddAsync(
        DatabaseRecord record, int databasesMax, Action<DatabaseId> createFile, bool isEmpty = true)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            CheckRoom(record, databasesMax);

            // The file first: a catalog entry without a file would be a lost database, a file without an entry is
            // only an empty file.
            createFile(record.Id);
            await ExecuteAsync(
                (isEmpty ? History.OnCreated(record.Id) : "") +
                """
                INSERT INTO databases(id, account, name, created_at, location_hint, jurisdiction, read_replication)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                SqlValue.Text(record.Id.ToString()), SqlValue.Text(record.Account), SqlValue.Text(record.Name),
                SqlValue.Integer(record.CreatedAt.ToUnixTimeMilliseconds()), OptionalText(record.LocationHint),
                OptionalText(record.Jurisdiction), SqlValue.Text(record.ReadReplication)).ConfigureAwait(false);
            Remember(record);
            return record;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <exception cref="EngineException">There is no such database.</exception>
    public async Task<DatabaseRecord> UpdateAsync(DatabaseId id, string readReplication)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            var old = Find(id) ?? throw NotFound(id.ToString());
            await ExecuteAsync("UPDATE databases SET read_replication = ? WHERE id = ?",
                SqlValue.Text(readReplication), SqlValue.Text(id.ToString())).ConfigureAwait(false);
            var record = old with { ReadReplication = readReplication };
            lock (_gate)
            {
                _byId[id] = record;
                _byName[(record.Account, record.Name)] = record;
                var list = _byAccount[record.Account];
                list[list.IndexOf(old)] = record;
            }

            return record;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Forgets a database and notes that its files must go; durable when the task completes.</summary>
    /// <exception cref="EngineException">There is no such database.</exception>
    public async Task RemoveAsync(DatabaseId id)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            var record = Find(id) ?? throw NotFound(id.ToString());
            var text = id.ToString();
            await ExecuteAsync(History.OnDropped(id)
                + $"INSERT INTO dropped(id) VALUES ('{text}'); DELETE FROM databases WHERE id = '{text}'; "
                + $"DELETE FROM commit_numbers WHERE id = '{text}'").ConfigureAwait(false);
            lock (_gate)
            {
                _byId.Remove(id);
                _byName.Remove((record.Account, record.Name));
                var list = _byAccount[record.Account];
                list.Remove(record);
                if (list.Count == 0)
                {
                    _byAccount.Remove(record.Account);
                }
            }
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Notes how many commits databases have had; for those whose records leave the log.</summary>
    public async Task SaveCommitNumbersAsync(IReadOnlyDictionary<DatabaseId, ulong> numbers)
    {
        var json = new StringBuilder("[");
        foreach (var (id, number) in numbers)
        {
            json.Append(json.Length > 1 ? "," : "").Append(CultureInfo.InvariantCulture, $"[\"{id}\",{number}]");
        }

        await ExecuteAsync(
            """
            INSERT INTO commit_numbers(id, number) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
            ON CONFLICT(id) DO UPDATE SET number = excluded.number
            """,
            SqlValue.Text(json.Append(']').ToString())).ConfigureAwait(false);
    }

    /// <summary>How many commits databases had had when it was last noted.</summary>
    public async Task<IReadOnlyList<(DatabaseId Id, ulong Number)>> ListCommitNumbersAsync() =>
        [.. (await ExecuteAsync("SELECT id, number FROM commit_numbers").ConfigureAwait(false))
            .Select(row => (ParseId(row[0]), (ulong)row[1].AsInteger))];

    /// <summary>The epoch of the bookmarks that this process gives out; durable when the task completes.</summary>
    /// <remarks>
    /// Where the log numbers commits, the numbers go on over restarts, and so does the epoch. Before and after a process that
    /// counted in memory there must be another one.
    /// </remarks>
    /// <param name="exact">Whether the log numbers commits in this process.</param>
    public async Task<uint> BeginEpochAsync(bool exact)
    {
        // In a process that counts in memory databases change without anybody knowing of which state.
        await ExecuteAsync("DELETE FROM born WHERE NOT (SELECT exact FROM bookmark_epoch)"
            + (exact ? "" : "; DELETE FROM born")).ConfigureAwait(false);
        await History.LoadAsync().ConfigureAwait(false);
        await ExecuteAsync(
            """
            INSERT INTO bookmark_epoch(id, epoch, exact) VALUES (1, 1, ?)
            ON CONFLICT(id) DO UPDATE SET epoch = epoch + 1, exact = excluded.exact WHERE NOT (exact AND excluded.exact)
            """,
            SqlValue.Integer(exact ? 1 : 0)).ConfigureAwait(false);
        var rows = await ExecuteAsync("SELECT epoch FROM bookmark_epoch").ConfigureAwait(false);
        return (uint)rows[0][0].AsInteger;
    }

    /// <summary>Databases whose files still have to be deleted.</summary>
    public async Task<IReadOnlyList<DatabaseId>> ListDroppedAsync() =>
        [.. (await ExecuteAsync("SELECT id FROM dropped").ConfigureAwait(false)).Select(row => ParseId(row[0]))];

    /// <summary>The files of a dropped database are gone.</summary>
    public Task ForgetDroppedAsync(DatabaseId id) =>
        ExecuteAsync("DELETE FROM dropped WHERE id = ?", SqlValue.Text(id.ToString()));

    public void Dispose() => _changes.Dispose();

    /// <summary>The error for an id or name that nobody has.</summary>
    public static EngineException NotFound(string idOrName) =>
        new(EngineErrorKind.DatabaseNotFound, $"The database {idOrName} could not be found");

    internal static SqlValue OptionalText(string? text) => text is null ? SqlValue.Null : SqlValue.Text(text);

    internal static string TextOf(in SqlValue value) => Encoding.UTF8.GetString(value.AsBytes.Span);

    internal static string? OptionalTextOf(in SqlValue value) =>
        value.Kind == SqlValueKind.Null ? null : TextOf(value);

    internal static DatabaseId ParseId(in SqlValue value) => DatabaseId.TryParse(TextOf(value), out var id)
        ? id
        : throw new EngineException(EngineErrorKind.Corruption, $"the catalog holds a bad id: {TextOf(value)}",
            "Restore the data folder from a backup.");

    private static DatabaseRecord ToRecord(SqlValue[] row) => new(
        ParseId(row[0]),
        TextOf(row[1]),
        TextOf(row[2]),
        DateTimeOffset.FromUnixTimeMilliseconds(row[3].AsInteger),
        OptionalTextOf(row[4]),
        OptionalTextOf(row[5]),
        TextOf(row[6]));

    private void CheckRoom(DatabaseRecord record, int databasesMax)
    {
        lock (_gate)
        {
            if (_byName.ContainsKey((record.Account, record.Name)))
            {
                throw new EngineException(EngineErrorKind.NameTaken, "A database with that name already exists");
            }

            if (_byAccount.TryGetValue(record.Account, out var list) && list.Count >= databasesMax)
            {
                throw new EngineException(EngineErrorKind.LimitExceeded, string.Create(CultureInfo.InvariantCulture,
                    $"System limit reached: databases per account ({databasesMax})"));
            }
        }
    }

    private void Remember(DatabaseRecord record)
    {
        lock (_gate)
        {
            _byId.Add(record.Id, record);
            _byName.Add((record.Account, record.Name), record);
            if (!_byAccount.TryGetValue(record.Account, out var list))
            {
                _byAccount.Add(record.Account, list = []);
            }

            list.Add(record);
        }
    }
}
