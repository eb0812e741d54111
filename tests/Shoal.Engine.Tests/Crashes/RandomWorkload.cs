using System.Globalization;

namespace Shoal.Engine.Tests.Crashes;

/// <summary>Steps on several databases that follow from a seed.</summary>
internal sealed class RandomWorkload(int seed)
{
    private const int DatabasesMax = 4;
    private const int TablesMax = 3;
    private readonly Random _random = new(seed);
    private readonly List<int> _databases = [];
    private int _nextDatabase;
    private int _nextId = 1;

    /// <summary>The next step.</summary>
    public Step Next()
    {
        if (_databases.Count == 0 || (_databases.Count < DatabasesMax && _random.Next(12) == 0))
        {
            _databases.Add(_nextDatabase);
            return new Step(StepKind.Create, _nextDatabase++);
        }

        var database = _databases[_random.Next(_databases.Count)];
        switch (_random.Next(100))
        {
            case < 3:
                _databases.Remove(database);
                return new Step(StepKind.Drop, database);
            case < 12:
                return new Step(StepKind.Crash);
            case < 14:
                return new Step(StepKind.Restart);
            case < 16:
                return new Step(StepKind.CrashAndChangeMode);
            case < 26:
                return new Step(StepKind.Checkpoint);
            case < 30:
                return new Step(StepKind.Vacuum, database);
            case < 36:
                return new Step(StepKind.Import, database, string.Join(";\n", Inserts(5)) + ";");
            case < 46:
                return new Step(StepKind.RunTogether, database, Inserts(_random.Next(2, 6)));
            case < 58:
                return new Step(StepKind.Run, database, Schema());
            default:
                return new Step(StepKind.Run, database, Rows());
        }
    }

    private string Table() => $"t{_random.Next(TablesMax)}";

    /// <summary>Some of it fails, as its table does not exist, or does already.</summary>
    private string Schema()
    {
        var table = Table();
        return _random.Next(6) switch
        {
            0 => $"DROP TABLE IF EXISTS {table}",
            1 => $"CREATE INDEX {table}_a ON {table}(a, b)",
            2 => $"DROP INDEX IF EXISTS {table}_a",
            3 => Text($"ALTER TABLE {table} ADD COLUMN c{_random.Next(5)} DEFAULT {_random.Next()}"),
            _ => $"CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY, a, b, UNIQUE (b))",
        };
    }

    private string Rows()
    {
        var table = Table();
        var first = _random.Next(_nextId);
        var last = first + _random.Next(200);
        return _random.Next(10) switch
        {
            0 => $"DELETE FROM {table}",
            1 or 2 => Text($"DELETE FROM {table} WHERE id BETWEEN {first} AND {last}"),
            3 or 4 => Text($"UPDATE {table} SET a = {_random.Next()} WHERE id BETWEEN {first} AND {last} RETURNING id"),
            // The second fails, so the first must not remain.
            5 => Text($"DELETE FROM {table} WHERE id % 2 = 0; INSERT INTO {table} (id, b) VALUES ({_nextId}, 1), ({_nextId}, 2)"),
            // A row on many overflow pages.
            6 => Text($"INSERT INTO {table} (id, a, b) VALUES ({_nextId}, {Large(_random.Next(1, 40_000))}, {_nextId++})"),
            // More pages than one log record holds, and at times more than SQLite's cache.
            7 when _random.Next(4) == 0 => Many(table, _random.Next(500, 2_000), payloadBytes: 2_000),
            _ => Many(table, _random.Next(1, 300), payloadBytes: _random.Next(1, 100)),
        };
    }

    private IReadOnlyList<string> Inserts(int count) => [.. Enumerable.Range(0, count).Select(_ => Many(
        Table(), _random.Next(1, 20), payloadBytes: 10))];

    private string Many(string table, int rows, int payloadBytes)
    {
        var first = _nextId;
        _nextId += rows;
        return Text(
            $"""
            INSERT INTO {table} (id, a, b)
            WITH RECURSIVE new(id) AS (SELECT {first} UNION ALL SELECT id + 1 FROM new WHERE id < {_nextId - 1})
            SELECT id, {Large(payloadBytes / 8 + 1)}, id FROM new
            """);
    }

    private string Large(int repeats) =>
        Text($"replace(hex(zeroblob({repeats})), '00', '{_random.Next():x8}')");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
