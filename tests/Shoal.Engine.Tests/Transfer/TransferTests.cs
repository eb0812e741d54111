using System.Text;
using Shoal.Engine.Transfer;

namespace Shoal.Engine.Tests.Transfer;

public sealed class TransferTests
{
    private const string Schema =
        """"
        CREATE TABLE t(id INTEGER PRIMARY KEY, n REAL, s TEXT, b BLOB, g AS (id * 2) STORED);
        CREATE TABLE "quoted ""name"""(a, b, PRIMARY KEY(a)) WITHOUT ROWID;
        CREATE TABLE auto(id INTEGER PRIMARY KEY AUTOINCREMENT, p REFERENCES t(id));
        CREATE INDEX ti ON t(s);
        CREATE VIEW v AS SELECT s FROM t;
        CREATE TRIGGER tr AFTER INSERT ON auto BEGIN UPDATE t SET n = n + 1 WHERE id = new.p; END;
        CREATE VIRTUAL TABLE docs USING fts5(title, body);
        CREATE VIRTUAL TABLE box USING rtree(id, x0, x1);
        """";

    private const string Rows =
        """"
        INSERT INTO t(id, n, s, b) VALUES (1, 1.5, 'it''s', x'00ff'), (9223372036854775807, 1e300, 'a' || char(10) || '\n', NULL),
          (3, 2.0, 'nul' || char(0) || 'x', x''), (4, 9e999, 'é世🐟', NULL);
        INSERT INTO "quoted ""name""" VALUES ('k', 5), (2, NULL);
        INSERT INTO auto(p) VALUES (1), (3);
        DELETE FROM auto WHERE id = 2;
        INSERT INTO docs VALUES ('fish', 'a shoal of fish'), ('bird', 'a flock');
        INSERT INTO box VALUES (1, 0.5, 2.5);
        """";

    private static readonly string[] Probes =
    [
        "SELECT id, n, typeof(n), hex(s), hex(b), typeof(b), g FROM t ORDER BY id",
        "SELECT * FROM \"quoted \"\"name\"\"\" ORDER BY 1",
        "SELECT * FROM auto",
        "SELECT * FROM sqlite_sequence",
        "SELECT rowid, title FROM docs WHERE docs MATCH 'shoal'",
        "SELECT * FROM box WHERE x0 < 1",
        "SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT LIKE 'docs_%' AND name NOT LIKE 'box_%' ORDER BY 1, 2",
    ];

    [Fact]
    public async Task What_is_exported_as_sql_is_imported_the_same()
    {
        await using var fixture = await FilledAsync();
        using var text = new MemoryStream();
        await fixture.Engine.ExportSqlAsync(fixture.Id, text, new ExportOptions());
        var expected = await ProbeAsync(fixture);

        var copy = (await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("copy"))).Id;
        text.Position = 0;
        await fixture.Engine.ImportSqlAsync(copy, text);

        Assert.Equal(expected, await ProbeAsync(fixture, copy));
    }

    [Fact]
    public async Task What_is_exported_as_a_file_is_imported_the_same()
    {
        await using var fixture = await FilledAsync();
        var path = Path.Combine(fixture.Folder, "out.sqlite");
        await fixture.Engine.ExportSqliteAsync(fixture.Id, path);
        var expected = await ProbeAsync(fixture);

        var copy = (await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("copy"))).Id;
        await fixture.Engine.ImportSqliteAsync(copy, path);

        Assert.Equal(expected, await ProbeAsync(fixture, copy));
        Assert.False(File.Exists(path + "-wal"));
    }

    [Fact]
    public async Task A_trigger_of_a_view_is_imported_with_its_view()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await ImportAsync(fixture, """
            CREATE TABLE t(a);
            CREATE VIEW outer_view AS SELECT a FROM inner_view;
            CREATE VIEW inner_view AS SELECT a FROM t;
            CREATE TRIGGER tr INSTEAD OF INSERT ON outer_view BEGIN INSERT INTO t VALUES (new.a * 10); END;
            INSERT INTO outer_view VALUES (1);
            """);
        using var text = new MemoryStream();
        await fixture.Engine.ExportSqlAsync(fixture.Id, text, new ExportOptions());

        var copy = (await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("copy"))).Id;
        text.Position = 0;
        await fixture.Engine.ImportSqlAsync(copy, text);
        await fixture.RunOnAsync(copy, "INSERT INTO outer_view VALUES (2)");

        Assert.Equal("10,20", await fixture.RunOnAsync(copy, "SELECT group_concat(a) FROM outer_view"));
    }

    [Fact]
    public async Task A_failing_import_leaves_the_database_as_it_was()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1)");

        var error = await Assert.ThrowsAsync<SqlException>(() => ImportAsync(fixture,
            "CREATE TABLE u(a); INSERT INTO t VALUES (2); INSERT INTO t VALUES (1);"));

        Assert.Equal(2, error.Position.Statement);
        Assert.Equal("1", await fixture.RunAsync("SELECT group_concat(a) FROM t"));
        Assert.Equal("0", await fixture.RunAsync("SELECT count(*) FROM sqlite_schema WHERE name = 'u'"));
    }

    [Fact]
    public async Task A_dump_of_the_shell_is_imported_with_its_transaction_and_internal_table()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await ImportAsync(fixture,
            "\uFEFFPRAGMA foreign_keys=OFF;\r\nBEGIN TRANSACTION;\r\nCREATE TABLE _cf_KV(k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;\r\n"
            + "INSERT INTO _cf_KV VALUES('a;b','c');\r\nCREATE TABLE c(a REFERENCES p(a));\r\nINSERT INTO c VALUES(1);\r\n"
            + "CREATE TABLE p(a PRIMARY KEY);\r\nCOMMIT;\r\n");
        Assert.Equal("1", await fixture.RunAsync("SELECT count(*) FROM c"));
        Assert.Equal("1", await fixture.RunAsync("PRAGMA foreign_keys"));
        Assert.StartsWith("FOREIGN KEY", await fixture.FailAsync("INSERT INTO c VALUES (2)"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_body_of_a_reserved_trigger_does_not_run_by_itself()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        await Assert.ThrowsAsync<SqlException>(() => ImportAsync(fixture,
            "CREATE TRIGGER _cf_x AFTER INSERT ON t BEGIN SELECT 1; DELETE FROM t; END;"));
        Assert.Equal("1", await fixture.RunAsync("SELECT count(*) FROM t"));
    }

    /// <summary>Goal: no boundary of the reading window cuts a statement. Method: inputs that arrive a few bytes at a time.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task Text_may_arrive_in_pieces_of_any_size(int pieceBytes)
    {
        await using var fixture = await EngineFixture.StartAsync();
        var text = new StringBuilder("-- start ; of 'file\nCREATE TABLE t(a, b);\n");
        for (var row = 0; row < 2_000; row++)
        {
            text.Append($"INSERT INTO t VALUES ({row}, 'semi;colon '' -- {row}') /* ; */ ;\n");
        }

        text.Append("CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END;\n-- the end");
        await fixture.Engine.ImportSqlAsync(fixture.Id, new PiecewiseStream(Encoding.UTF8.GetBytes(text.ToString()),
            pieceBytes));
        Assert.Equal("2000|1999000", await fixture.RunAsync("SELECT count(*), sum(a) FROM t"));
    }

    [Fact]
    public async Task A_statement_longer_than_the_window_is_read_whole()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await ImportAsync(fixture, $"CREATE TABLE t(a); INSERT INTO t VALUES ('{new string('x', 1_500_000)}'); SELECT 1");
        Assert.Equal("1500000", await fixture.RunAsync("SELECT length(a) FROM t"));
    }

    [Fact]
    public async Task Csv_keeps_what_numbers_would_lose()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var csv = "id,name,zip,empty,quoted\r\n1,\"Smith, \"\"J\"\"\",00701,,\"\"\r\n2,\"two\nlines\",1.50,x,2.5\n";
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        var result = await fixture.Engine.ImportCsvAsync(fixture.Id, stream, new CsvImportOptions { Table = "p" });

        Assert.Equal(2, result.Statements);
        Assert.Equal("1|Smith, \"J\"|00701|NULL|\n2|two\nlines|1.50|x|2.5", await fixture.RunAsync("SELECT * FROM p"));
        Assert.Equal("integer|text|text|real",
            await fixture.RunAsync("SELECT typeof(id), typeof(name), typeof(zip), typeof(quoted) FROM p WHERE id = 2"));
    }

    [Theory]
    [InlineData("a\n5\" x\n6\" y\n", "5\" x", "6\" y")]
    [InlineData("a\n\"\"\"\"\n\"1\"\"\n2\"\r\nx\"\"\n", "\"", "1\"\n2", "x\"\"")]
    [InlineData("\uFEFF\"a\"\n\"\"\n\"one\ntwo\"\nthree\"", "", "one\ntwo", "three\"")]
    public async Task A_quote_opens_a_field_only_as_its_first_character(string csv, params string[] values)
    {
        await using var fixture = await EngineFixture.StartAsync();
        for (var pieceBytes = 1; pieceBytes <= csv.Length; pieceBytes++)
        {
            await fixture.RunAsync("DROP TABLE IF EXISTS q");
            using var stream = new PiecewiseStream(Encoding.UTF8.GetBytes(csv), pieceBytes);
            await fixture.Engine.ImportCsvAsync(fixture.Id, stream, new CsvImportOptions { Table = "q" });
            Assert.Equal(string.Join('\n', values), await fixture.RunAsync("SELECT a FROM q ORDER BY rowid"));
        }
    }

    [Theory]
    [InlineData("a\n\"b\"x\n\"c\"\n", "CSV record 2 has text behind a closing quote")]
    [InlineData("a,b\n1\n", "CSV record 2 has 1 fields; the header has 2")]
    [InlineData("a,a\n1,2\n", "column 2 of the CSV header is empty or repeats another: 'a'")]
    [InlineData("a\n\"open\n", "CSV record 2 has a quote that is never closed")]
    [InlineData("", "the CSV file is empty")]
    public async Task Bad_csv_says_where_and_leaves_nothing(string csv, string message)
    {
        await using var fixture = await EngineFixture.StartAsync();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        var error = await Assert.ThrowsAsync<EngineException>(
            () => fixture.Engine.ImportCsvAsync(fixture.Id, stream, new CsvImportOptions { Table = "p" }));
        Assert.Equal(message, error.Message);
        Assert.Equal("0", await fixture.RunAsync("SELECT count(*) FROM sqlite_schema"));
    }

    [Fact]
    public async Task Csv_export_can_be_imported_again()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x,\"y\"'), (2, NULL), (3, '')");
        using var stream = new MemoryStream();
        await fixture.Engine.ExportCsvAsync(fixture.Id, stream, "t");
        Assert.Equal("a,b\n1,\"x,\"\"y\"\"\"\n2,\n3,\"\"\n", Encoding.UTF8.GetString(stream.ToArray()));
        stream.Position = 0;
        await fixture.Engine.ImportCsvAsync(fixture.Id, stream, new CsvImportOptions { Table = "u" });
        Assert.Equal("0", await fixture.RunAsync("SELECT count(*) FROM (SELECT * FROM t EXCEPT SELECT * FROM u)"));
    }

    private static async Task<EngineFixture> FilledAsync()
    {
        var fixture = await EngineFixture.StartAsync();
        await ImportAsync(fixture, Schema + Rows);
        return fixture;
    }

    private static Task<ImportResult> ImportAsync(EngineFixture fixture, string sql) =>
        fixture.Engine.ImportSqlAsync(fixture.Id, new MemoryStream(Encoding.UTF8.GetBytes(sql)));

    private static async Task<List<string>> ProbeAsync(EngineFixture fixture, Shoal.Protocol.DatabaseId? id = null)
    {
        var answers = new List<string>();
        foreach (var probe in Probes)
        {
            answers.Add(await fixture.RunOnAsync(id ?? fixture.Id, probe));
        }

        return answers;
    }

    private sealed class PiecewiseStream(byte[] bytes, int pieceBytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, pieceBytes));
    }
}
