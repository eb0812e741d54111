using System.Globalization;
using System.Text;
using Shoal.Engine.Requests;
using Shoal.Engine.Transfer;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Transfer;

/// <summary>An import runs plain INSERTs without compiling them; nobody may see a difference.</summary>
public sealed class LiteralInsertTests
{
    private const string Schema =
        """
        CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT, c REAL, d INTEGER, e BLOB);
        CREATE TABLE u(k TEXT UNIQUE, v NUMERIC CHECK (v IS NOT 13), w AS (k || v));
        CREATE TABLE "odd name"("first col", second DEFAULT 7);
        CREATE TABLE tree(id INTEGER PRIMARY KEY, parent REFERENCES tree(id));
        CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, what, n, r);
        CREATE INDEX tb ON t(b, c);
        CREATE TRIGGER ta AFTER INSERT ON t BEGIN
          INSERT INTO log(what, n, r) VALUES (typeof(new.a), changes(), last_insert_rowid());
        END;
        """;

    private static readonly string[] Probes =
    [
        "SELECT id, quote(a), quote(b), quote(c), quote(d), quote(e) FROM t ORDER BY id",
        "SELECT rowid, quote(k), quote(v), quote(w) FROM u",
        "SELECT rowid, quote(\"first col\"), quote(second) FROM \"odd name\"",
        "SELECT * FROM tree ORDER BY id",
        "SELECT * FROM log ORDER BY id",
    ];

    // Not the greatest integer: after that SQLite chooses row ids at random.
    private static readonly string[] Literals =
    [
        "0", "1", "-1", "007", "-0", "42", "123456789012345678", "-123456789012345678", "9223372036854700000",
        "-9223372036854775808", "9223372036854775808", "0x1F", "1_000", "+5", "- 5", "--5\n1",
        "0.5", "-0.5", ".5", "5.", "-.25", "0.0", "-0.0", "1.0", "1.50", "1e3", "1.5E-3", "123456789.123456789",
        "0.1234567890123456789", "0.30000000000000004", "100000000000000000.5", "9007199254740991.0", "9007199254740993.0",
        "1e400", "'text'", "''", "'it''s'", "''''", "'''a'''", "'é世🐟'", "'a' || 'b'", "'a' COLLATE NOCASE", "'1'", "' 2 '",
        "'line\nbreak'", "'semi;colon'", "'-- no comment'", "'(,)'", "NULL", "null", "NuLL", "x'00ff'", "X'ABCDEF'", "x''",
        "x'0'", "TRUE", "false", "\"double\"", "(1)", "1 + 1", "abs(-3)", "replace('a\\nb', '\\n', char(10))", "/* c */ 1",
    ];

    /// <summary>
    /// Goal: an import of INSERTs does what the statements do one by one, down to row counters and error messages.
    /// Method: random statements from the literals above, imported as one text and, in another database, run one by one.
    /// </summary>
    [Fact]
    public async Task An_import_does_what_its_statements_do()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        await using var fixture = await EngineFixture.StartAsync();
        for (var round = 0; round < 25; round++)
        {
            var statements = Enumerable.Range(0, random.Next(1, 40)).Select(_ => Statement(random)).ToList();
            var imported = await CreateAsync(fixture, $"imported-{round}");
            var executed = await CreateAsync(fixture, $"executed-{round}");

            // One that fails ends an import, so those that fail are left out; and what failed may be seen by changes().
            var (kept, _) = await ExecuteAsync(fixture, await CreateAsync(fixture, $"tried-{round}"), statements);
            (_, var expected) = await ExecuteAsync(fixture, executed, kept);
            var text = string.Concat(kept.Select(sql => sql + Space(random)));
            var actual = await ImportAsync(fixture, imported, text);

            Assert.True(expected == actual, $"seed {seed}, round {round}:\n{expected}\n{actual}\n{text}");
            foreach (var probe in Probes)
            {
                var rows = await fixture.RunOnAsync(executed, probe);
                Assert.True(rows == await fixture.RunOnAsync(imported, probe), $"seed {seed}, round {round}: {probe}\n{text}");
            }
        }
    }

    [Theory]
    [InlineData("INSERT INTO u VALUES ('a', 1); INSERT INTO u VALUES ('a', 2);", "UNIQUE constraint failed: u.k")]
    [InlineData("INSERT INTO u VALUES ('a', 1); INSERT INTO u VALUES ('b', 13);", "CHECK constraint failed: v IS NOT 13")]
    [InlineData("INSERT INTO u VALUES ('a', 1); INSERT INTO u VALUES ('b');", "table u has 2 columns but 1 values were supplied")]
    [InlineData("INSERT INTO u VALUES ('a', 1); INSERT INTO u VALUES ('b', ?);", "Wrong number of parameter bindings")]
    [InlineData("INSERT INTO u VALUES (1, 2), (3);", "all VALUES must have the same number of terms")]
    [InlineData("INSERT INTO none VALUES (1);", "no such table: none")]
    [InlineData("INSERT INTO tree VALUES (1, 2); INSERT INTO tree VALUES (2, NULL);", "FOREIGN KEY constraint failed")]
    public async Task A_failing_insert_is_reported_and_nothing_stays(string text, string message)
    {
        await using var fixture = await EngineFixture.StartAsync();
        var id = await CreateAsync(fixture, "failing");
        var error = await Assert.ThrowsAnyAsync<EngineException>(
            () => fixture.Engine.ImportSqlAsync(id, new MemoryStream(Encoding.UTF8.GetBytes(text))));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal("0", await fixture.RunOnAsync(id, "SELECT (SELECT count(*) FROM u) + (SELECT count(*) FROM tree)"));
    }

    [Fact]
    public async Task Rows_of_one_statement_may_refer_to_each_other()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var id = await CreateAsync(fixture, "tree");
        await ImportAsync(fixture, id, "INSERT INTO tree VALUES (1, 2), (2, NULL); INSERT INTO tree VALUES (3, 4), (4, 1);");
        Assert.Equal("4", await fixture.RunOnAsync(id, "SELECT count(*) FROM tree"));
    }

    [Fact]
    public async Task Statements_longer_than_what_is_read_at_once_are_imported_whole()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var id = await CreateAsync(fixture, "long");
        var text = new StringBuilder();
        for (var row = 0; row < 200; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $"INSERT INTO t(a, b) VALUES ({row}, '{new string('x', row * 200)}');\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"INSERT INTO t(a, b) VALUES (200, '{new string('y', 1_000_000)}');");
        await ImportAsync(fixture, id, text.ToString());
        Assert.Equal("201|20100|4980000", await fixture.RunOnAsync(id, "SELECT count(*), sum(a), sum(length(b)) FROM t"));
    }

    private static async Task<DatabaseId> CreateAsync(EngineFixture fixture, string name)
    {
        var id = (await fixture.Engine.CreateDatabaseAsync(EngineFixture.New(name))).Id;
        await fixture.Engine.ExecuteAsync(id, SqlRequest.Relaxed(Schema), new ResultCollector());
        return id;
    }

    private static async Task<string> ImportAsync(EngineFixture fixture, DatabaseId id, string text)
    {
        var result = await fixture.Engine.ImportSqlAsync(id, new MemoryStream(Encoding.UTF8.GetBytes(text)));
        return string.Create(CultureInfo.InvariantCulture,
            $"{result.Meta.RowsRead} read, {result.Meta.RowsWritten} written, {result.Meta.Changes} changed");
    }

    /// <summary>Runs statements one by one and gives those that succeeded, with the sum of what they cost.</summary>
    private static async Task<(List<string> Kept, string Cost)> ExecuteAsync(
        EngineFixture fixture, DatabaseId id, List<string> statements)
    {
        var kept = new List<string>();
        long read = 0, written = 0, changed = 0;
        foreach (var sql in statements)
        {
            var collector = new ResultCollector();
            try
            {
                await fixture.Engine.ExecuteAsync(id, SqlRequest.Relaxed(sql), collector);
            }
            catch (SqlException)
            {
                continue;
            }

            kept.Add(sql);
            read += collector.Results.Sum(static result => result.Meta.RowsRead);
            written += collector.Results.Sum(static result => result.Meta.RowsWritten);
            changed += collector.Results.Sum(static result => result.Meta.Changes);
        }

        if (kept.Count == 0)
        {
            // An import must hold something.
            kept.Add("REPLACE INTO u VALUES ('only', 1);");
            return await ExecuteAsync(fixture, id, kept);
        }

        return (kept, string.Create(CultureInfo.InvariantCulture, $"{read} read, {written} written, {changed} changed"));
    }

    private static string Statement(Random random)
    {
        var (table, columns, width) = random.Next(8) switch
        {
            0 => ("t", "", 6),
            1 => ("t", "(id,a,b,c,d,e)", 6),
            2 => ("t", "(a, c)", 2),
            3 => ("main.t", " ( b , \"d\" )", 2),
            4 => ("u", "", 2),
            5 => ("\"odd name\"", "", 2),
            6 => ("[odd name]", "(`first col`)", 1),
            _ => ("u", "(v, k)", 2),
        };
        var verb = random.Next(6) switch
        {
            0 => "INSERT OR IGNORE INTO",
            1 => "REPLACE INTO",
            2 => "insert or replace into",
            _ => "INSERT INTO",
        };
        var rows = Enumerable.Range(0, random.Next(4) == 0 ? random.Next(1, 5) : 1)
            .Select(_ => $"({string.Join(",", Enumerable.Range(0, width).Select(_ => Literal(random)))})");
        var end = random.Next(12) switch
        {
            0 => " ON CONFLICT DO NOTHING;",
            1 => " RETURNING rowid;",
            2 => " -- comment\n;",
            _ => ";",
        };
        return $"{verb} {table}{columns} VALUES{Space(random)}{string.Join(Space(random) + ",", rows)}{end}";
    }

    private static string Literal(Random random) => random.Next(8) switch
    {
        0 => "NULL",
        1 or 2 => random.Next(-50, 50).ToString(CultureInfo.InvariantCulture),
        3 or 4 => Math.Round((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(0, 9)), random.Next(1, 9))
            .ToString("F" + random.Next(1, 10), CultureInfo.InvariantCulture),
        _ => Literals[random.Next(Literals.Length)],
    };

    private static string Space(Random random) => random.Next(5) switch
    {
        0 => " ",
        1 => "\n",
        2 => "\r\n\t",
        _ => "",
    };
}
