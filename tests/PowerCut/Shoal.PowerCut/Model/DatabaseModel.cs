namespace Shoal.PowerCut.Model;

/// <summary>The history of one database: which transactions it gets, and what it holds after each of them.</summary>
/// <remarks>
/// Everything follows from the seed and the database's number, so that every process knows it. Each transaction first
/// counts itself in <c>state.commits</c> and fails unless it is the next one: a database is at a prefix of its history
/// exactly if the rest of it is what the model holds after that many commits. Thread: one at a time.
/// </remarks>
internal sealed class DatabaseModel(ulong seed, int number)
{
    private const int RowsMax = 1_500;
    private const int ColumnsMax = 8;
    private readonly Dictionary<long, ulong> _rows = [];
    private readonly List<DatabaseState> _history = [default];
    private List<string> _statements = [];
    private long _nextId = 1;
    private ulong _digest;
    private int _columns;
    private bool _hasIndex;

    public int Number => number;

    /// <summary>Transactions generated so far.</summary>
    public int Commits => _history.Count - 1;

    /// <summary>What the database holds after a number of commits.</summary>
    public DatabaseState After(int commits)
    {
        while (Commits < commits)
        {
            _ = Next();
        }

        return _history[commits];
    }

    /// <summary>The same database at an earlier point of its history.</summary>
    public DatabaseModel Restart(int commits)
    {
        var model = new DatabaseModel(seed, number);
        _ = model.After(commits);
        return model;
    }

    /// <summary>The next transaction.</summary>
    public Transaction Next()
    {
        var commit = Commits + 1;
        var chance = new Chance(seed, (ulong)number, (ulong)commit);
        _statements = [];
        var isImport = false;
        if (commit == 1)
        {
            Create();
        }
        else
        {
            _statements.Add($"UPDATE state SET commits = iif(commits = {commit - 1}, {commit}, NULL)");
            isImport = Change(chance, commit);
        }

        _history.Add(new DatabaseState(_rows.Count, _digest, _columns, _hasIndex));
        return new Transaction(commit, _statements, isImport);
    }

    private void Create()
    {
        _statements.Add("CREATE TABLE state (one INTEGER PRIMARY KEY, commits INTEGER NOT NULL)");
        _statements.Add(
            "CREATE TABLE items (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, tag INTEGER NOT NULL, payload TEXT)");
        _statements.Add("INSERT INTO state VALUES (1, 1)");
        _columns = 4;
    }

    private bool Change(Chance chance, int commit)
    {
        var roll = chance.Below(100);
        if (_rows.Count > RowsMax && roll >= 50)
        {
            Delete(1, _nextId - 20);
            return false;
        }

        switch (roll)
        {
            case < 45:
                Insert(chance.Between(1, 6), commit);
                break;
            case < 70:
                Update(chance, chance.Between(1, 20), commit, returning: roll < 50);
                break;
            case < 78:
                DeleteSome(chance, chance.Between(1, 10));
                break;
            case < 90:
                for (var left = chance.Between(5, 15); left > 0; left--)
                {
                    Mixed(chance, commit);
                }

                return roll >= 86;
            case < 98:
                ChangeSchema(chance);
                break;
            case < 99:
                Insert(chance.Between(500, 1_500), commit);
                break;
            default:
                // More pages than SQLite's cache: they spill into the WAL before the commit.
                Insert(chance.Between(6_000, 9_000), commit);
                break;
        }

        return false;
    }

    private void Mixed(Chance chance, int commit)
    {
        switch (chance.Below(3))
        {
            case 0:
                Insert(chance.Between(1, 4), commit);
                break;
            case 1:
                Update(chance, chance.Between(1, 5), commit, returning: false);
                break;
            default:
                DeleteSome(chance, chance.Between(1, 3));
                break;
        }
    }

    private void ChangeSchema(Chance chance)
    {
        if (_columns < ColumnsMax && chance.Below(4) == 0)
        {
            _statements.Add($"ALTER TABLE items ADD COLUMN extra{_columns} INTEGER DEFAULT {_columns}");
            _columns++;
            return;
        }

        _statements.Add(_hasIndex ? "DROP INDEX items_tag" : "CREATE INDEX items_tag ON items (tag, version)");
        _hasIndex = !_hasIndex;
    }

    private void Insert(int count, int commit)
    {
        var first = _nextId;
        _nextId += count;
        _statements.Add(
            $"""
            INSERT INTO items (id, version, tag, payload)
            WITH RECURSIVE new(id) AS (SELECT {first} UNION ALL SELECT id + 1 FROM new WHERE id < {_nextId - 1})
            SELECT {Row.Columns(commit)} FROM new
            """);
        for (var id = first; id < _nextId; id++)
        {
            Put(id, commit);
        }
    }

    private void Update(Chance chance, int width, int commit, bool returning)
    {
        var first = Start(chance, width);
        _statements.Add(
            $"UPDATE items SET version = {commit}, tag = {commit % 16}, payload = {Row.Payload(commit)} "
            + $"WHERE id BETWEEN {first} AND {first + width - 1}{(returning ? " RETURNING id" : "")}");
        for (var id = first; id < first + width; id++)
        {
            if (_rows.ContainsKey(id))
            {
                Put(id, commit);
            }
        }
    }

    private void DeleteSome(Chance chance, int width)
    {
        var first = Start(chance, width);
        Delete(first, first + width - 1);
    }

    /// <summary>Where a change of so many rows starts: among the newest half of the time, so that it hits some.</summary>
    private long Start(Chance chance, int width)
    {
        var recent = Math.Min(_nextId, chance.Below(2) == 0 ? 60 : 600);
        return Math.Max(1, _nextId - width - chance.Below((int)recent));
    }

    private void Delete(long first, long last)
    {
        _statements.Add($"DELETE FROM items WHERE id BETWEEN {first} AND {last}");
        for (var id = first; id <= last; id++)
        {
            if (_rows.Remove(id, out var hash))
            {
                _digest -= hash;
            }
        }
    }

    private void Put(long id, int version)
    {
        var hash = Row.Hash(id, version);
        _digest += hash - _rows.GetValueOrDefault(id);
        _rows[id] = hash;
    }
}
