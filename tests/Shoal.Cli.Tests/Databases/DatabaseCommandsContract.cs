using System.Text.Json;

namespace Shoal.Cli.Tests.Databases;

/// <summary>What <c>db</c>, <c>migrations</c> and <c>token</c> do, wherever the databases are.</summary>
public abstract class DatabaseCommandsContract : CommandsContract
{
    [Fact]
    public async Task What_was_done_to_tokens_and_databases_is_in_the_audit_log()
    {
        await Shoal.OkAsync("db", "create", "app");
        var token = await Shoal.JsonAsync("token", "create", "--name", "ci");
        await Shoal.OkAsync("token", "revoke", token.GetProperty("id").GetString()!);
        await Shoal.OkAsync("db", "delete", "app", "--yes");

        var entries = (await Shoal.JsonAsync("audit", "--limit", "4")).EnumerateArray().ToList();

        Assert.Equal(["database.delete", "token.revoke", "token.create", "database.create"],
            entries.Select(entry => entry.GetProperty("action").GetString()!));
        Assert.Equal("ci", entries[1].GetProperty("detail").GetProperty("name").GetString());
        Assert.DoesNotContain(token.GetProperty("secret").GetString()!, await Shoal.OkAsync("audit"), StringComparison.Ordinal);
        Assert.Equal(4, (await Shoal.JsonAsync("audit", "--limit", "4", "--since", "1h")).GetArrayLength());
        Assert.Empty((await Shoal.JsonAsync("audit", "--since", "2199-01-01T00:00:00Z")).EnumerateArray());
        Assert.Equal(ExitCode.Usage, (await Shoal.RunAsync("audit", "--since", "yesterday")).ExitCode);
        Assert.Equal(ExitCode.Usage, (await Shoal.RunAsync("audit", "--limit", "0")).ExitCode);
    }

    [Fact]
    public async Task A_named_state_is_queried_restored_and_let_go_and_a_sample_of_restores_is_right()
    {
        await Shoal.OkAsync("db", "create", "app");
        await Shoal.OkAsync("db", "execute", "app", "--command", "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)");
        var named = await Shoal.JsonAsync("db", "bookmark", "create", "app", "good");
        await Shoal.OkAsync("db", "execute", "app", "--command", "DELETE FROM t");

        foreach (var moment in (string[])["good", named.GetProperty("bookmark").GetString()!])
        {
            var then = await Shoal.OkAsync("db", "execute", "app", "--as-of", moment, "--command", "SELECT count(*) AS rows FROM t");
            Assert.Contains("2", then, StringComparison.Ordinal);
        }

        var refused = await Shoal.RunAsync("db", "execute", "app", "--as-of", "good", "--command", "DELETE FROM t");
        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("can only be read", refused.Error, StringComparison.Ordinal);
        Assert.Equal("good", (await Shoal.JsonAsync("db", "bookmark", "list", "app"))[0].GetProperty("name").GetString());
        await Shoal.OkAsync("db", "restore", "app", "--bookmark", "good");
        Assert.Equal("good", (await Shoal.JsonAsync("db", "bookmark", "delete", "app", "good")).GetProperty("deleted").GetString());
        Assert.Equal(ExitCode.Failed, (await Shoal.RunAsync("db", "bookmark", "delete", "app", "good")).ExitCode);

        var proof = await Shoal.JsonAsync("backup", "verify", "--seed", "7");
        Assert.Equal((7, true), (proof.GetProperty("seed").GetInt32(), proof.GetProperty("success").GetBoolean()));
        Assert.Equal(2, proof.GetProperty("checks")[0].GetProperty("rows").GetInt32());
        Assert.Equal(ExitCode.Usage, (await Shoal.RunAsync("backup", "verify", "--sample", "0")).ExitCode);
    }

    [Fact]
    public async Task A_created_database_is_listed_shown_and_deleted()
    {
        var created = await Shoal.JsonAsync("db", "create", "app");
        await Shoal.OkAsync("db", "create", "other");
        var id = created.GetProperty("uuid").GetString()!;

        var listed = await Shoal.JsonAsync("db", "list");
        Assert.Equal(["app", "other"], listed.EnumerateArray().Select(one => one.GetProperty("name").GetString()!));
        Assert.Equal(1, (await Shoal.JsonAsync("db", "list", "--name", "OTH")).GetArrayLength());

        foreach (var name in (string[])["app", id])
        {
            var shown = await Shoal.JsonAsync("db", "info", name);
            Assert.Equal(id, shown.GetProperty("uuid").GetString());
            Assert.Equal(created.GetProperty("created_at").GetString(), shown.GetProperty("created_at").GetString());
            Assert.True(shown.GetProperty("file_size").GetInt64() >= 0);
            Assert.Equal(0, shown.GetProperty("num_tables").GetInt32());
        }

        var deleted = await Shoal.JsonAsync("db", "delete", "app", "--yes");
        Assert.Equal(id, deleted.GetProperty("deleted").GetString());
        Assert.Equal(1, (await Shoal.JsonAsync("db", "list")).GetArrayLength());
    }

    [Fact]
    public async Task Deleting_needs_a_yes()
    {
        await Shoal.OkAsync("db", "create", "app");

        var unattended = await Shoal.RunAsync("db", "delete", "app");
        Assert.Equal(ExitCode.Usage, unattended.ExitCode);
        Assert.Contains("--yes", unattended.Error, StringComparison.Ordinal);

        Shoal.Terminal = true;
        Shoal.Input = "n\n";
        var refused = await Shoal.RunAsync("db", "delete", "app");
        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("app was not deleted", refused.Error, StringComparison.Ordinal);

        Shoal.Input = "y\n";
        Assert.Equal(ExitCode.Ok, (await Shoal.RunAsync("db", "delete", "app")).ExitCode);
        Shoal.Terminal = false;
        Assert.Equal(0, (await Shoal.JsonAsync("db", "list")).GetArrayLength());
    }

    [Theory]
    [InlineData("db", "info", "nowhere")]
    [InlineData("db", "delete", "nowhere", "--yes")]
    [InlineData("db", "execute", "nowhere", "--command", "SELECT 1")]
    [InlineData("db", "export", "nowhere", "--output", "x.sql")]
    [InlineData("migrations", "apply", "nowhere")]
    public async Task An_unknown_database_is_named(params string[] arguments)
    {
        Directory.CreateDirectory(Files.File("migrations"));
        await Shoal.OkAsync("db", "create", "app");

        var result = await Shoal.RunAsync(arguments);

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("error: there is no database \"nowhere\"", result.Error, StringComparison.Ordinal);
        Assert.Contains("hint: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_is_restored_forked_and_brought_back_after_its_deletion()
    {
        await Shoal.OkAsync("db", "create", "app");
        await Shoal.OkAsync("db", "execute", "app", "--command", "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)");
        var span = (await Shoal.JsonAsync("db", "history", "app"))[0];
        var good = span.GetProperty("last_bookmark").GetString()!;
        await Shoal.OkAsync("db", "execute", "app", "--command", "DELETE FROM t");

        var restored = await Shoal.JsonAsync("db", "restore", "app", "--bookmark", good);
        Assert.Equal(good, restored.GetProperty("bookmark").GetString());
        Assert.Equal("2", await CountAsync("app"));
        var undone = await Shoal.RunAsync("db", "restore", "app", "--bookmark", restored.GetProperty("previous_bookmark").GetString()!);
        Assert.Contains("Undo: shoal db restore app --bookmark ", undone.Output, StringComparison.Ordinal);
        Assert.Equal("0", await CountAsync("app"));

        await Shoal.OkAsync("db", "fork", "app", "copy", "--bookmark", good);
        Assert.Equal("2", await CountAsync("copy"));
        await Shoal.OkAsync("db", "delete", "copy", "--yes");
        Assert.Equal("copy", (await Shoal.JsonAsync("db", "history", "--deleted"))[0].GetProperty("name").GetString());
        await Shoal.OkAsync("db", "fork", "copy", "again");
        Assert.Equal("2", await CountAsync("again"));

        var early = await Shoal.RunAsync("db", "restore", "app", "--timestamp", "2001-02-03T04:05:06Z");
        Assert.Equal(ExitCode.Failed, early.ExitCode);
        Assert.Contains("nearest that can be restored", early.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await Shoal.RunAsync("db", "restore", "app")).ExitCode);
        Assert.Equal(ExitCode.Usage, (await Shoal.RunAsync("db", "restore", "app", "--timestamp", "soon")).ExitCode);

        async Task<string> CountAsync(string name) =>
            (await Shoal.RunAsync("db", "execute", name, "--command", "SELECT count(*) AS n FROM t")).Output.Split('\n')[1];
    }

    [Fact]
    public async Task History_of_a_database_is_kept_for_as_long_as_is_asked()
    {
        await Shoal.OkAsync("db", "create", "app");
        Assert.Equal("History of app is kept for 30 days, as of other databases.", (await Shoal.RunAsync("db", "retention", "app")).Output.Trim());

        await Shoal.OkAsync("db", "retention", "app", "--days", "7");
        var own = await Shoal.JsonAsync("db", "retention", "app");
        Assert.Equal((7, false), (own.GetProperty("days").GetDouble(), own.GetProperty("is_default").GetBoolean()));
        Assert.True((await Shoal.JsonAsync("db", "retention", "app", "--default")).GetProperty("is_default").GetBoolean());

        foreach (var days in (string[])["0", "99999999"])
        {
            var refused = await Shoal.RunAsync("db", "retention", "app", "--days", days);
            Assert.Equal(ExitCode.Failed, refused.ExitCode);
            Assert.Contains("1 to 3,650 days", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal(ExitCode.Usage, (await Shoal.RunAsync("db", "retention", "app", "--days", "7", "--default")).ExitCode);
    }

    [Fact]
    public async Task A_taken_and_an_invalid_name_are_refused()
    {
        await Shoal.OkAsync("db", "create", "app");

        foreach (var name in (string[])["app", "no spaces", "../x"])
        {
            var result = await Shoal.RunAsync("db", "create", name);
            Assert.Equal(ExitCode.Failed, result.ExitCode);
            Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        }

        Assert.Equal(1, (await Shoal.JsonAsync("db", "list")).GetArrayLength());
    }

    [Fact]
    public async Task Execute_binds_parameters_exactly_and_shows_every_type()
    {
        await Shoal.OkAsync("db", "create", "app");

        var results = await Shoal.JsonAsync("db", "execute", "app", "--command",
            "CREATE TABLE t(a, b, c, d, e); INSERT INTO t VALUES (?, ?, ?, ?, ?) "
            + "RETURNING *, typeof(a) AS ta, typeof(b) AS tb, typeof(c) AS tc, typeof(d) AS td, typeof(e) AS te",
            "--param", "9007199254740993", "--param", "2.5", "--param", "Zürich", "--param", "null", "--param", "blob:00ff");

        Assert.Equal(2, results.GetArrayLength());
        var row = results[1].GetProperty("results")[0];
        Assert.Equal("integer real text null blob",
            string.Join(' ', "abcde".Select(column => row.GetProperty("t" + column).GetString())));
        Assert.Equal(9007199254740993, row.GetProperty("a").GetInt64());
        Assert.Equal(2.5, row.GetProperty("b").GetDouble());
        Assert.Equal("Zürich", row.GetProperty("c").GetString());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("d").ValueKind);
        Assert.Equal([0, 255], row.GetProperty("e").EnumerateArray().Select(one => one.GetInt32()));
        var meta = results[1].GetProperty("meta");
        Assert.Equal(1, meta.GetProperty("changes").GetInt64());
        Assert.Equal(1, meta.GetProperty("rows_written").GetInt64());
        Assert.True(meta.GetProperty("changed_db").GetBoolean());
    }

    [Fact]
    public async Task Execute_prints_tab_separated_rows_and_the_cost_beside_them()
    {
        await Shoal.OkAsync("db", "create", "app");

        var result = await Shoal.RunAsync("db", "execute", "app", "--command", "SELECT 1 AS n, 'a' || char(9) || 'b' || char(10) AS t");

        Assert.Equal("n\tt\n1\ta\\tb\\n\n", result.Output);
        Assert.Matches(@"^1 row, [0-9.]+ ms, 0 rows read, 0 written\n$", result.Error);
    }

    [Fact]
    public async Task Execute_draws_a_table_on_a_terminal()
    {
        await Shoal.OkAsync("db", "create", "app");
        Shoal.Terminal = true;

        var output = await Shoal.OkAsync("db", "execute", "app", "--command", "SELECT 7 AS seven, NULL AS none");

        Assert.Contains("│ seven │ none │", output, StringComparison.Ordinal);
        Assert.Contains("│     7 │ NULL │", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_statement_undoes_the_whole_request()
    {
        await Shoal.OkAsync("db", "create", "app");
        await Shoal.OkAsync("db", "execute", "app", "--command", "CREATE TABLE t(a UNIQUE)");

        var result = await Shoal.RunAsync("db", "execute", "app", "--command", "INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("UNIQUE constraint failed: t.a", result.Error, StringComparison.Ordinal);
        Assert.Equal("count(*)\n0\n", await Shoal.OkAsync("db", "execute", "app", "--command", "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Execute_takes_a_file_or_standard_input()
    {
        await Shoal.OkAsync("db", "create", "app");
        Files.Write("schema.sql", "-- a comment\r\nCREATE TABLE t(a);\r\nINSERT INTO t VALUES ('x;y');\r\n");
        await Shoal.OkAsync("db", "execute", "app", "--file", "schema.sql");
        Shoal.Input = "SELECT a FROM t";

        Assert.Equal("a\nx;y\n", await Shoal.OkAsync("db", "execute", "app", "--file", "-"));
    }

    [Theory]
    [InlineData("sql")]
    [InlineData("sqlite")]
    public async Task A_database_survives_export_and_import(string format)
    {
        await Shoal.OkAsync("db", "create", "app");
        await Shoal.OkAsync("db", "execute", "app", "--command", """
            CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT NOT NULL, photo BLOB);
            CREATE INDEX people_by_name ON people(name);
            CREATE VIEW names AS SELECT name FROM people;
            CREATE TRIGGER shout AFTER INSERT ON people WHEN new.name = 'loud' BEGIN UPDATE people SET name = 'LOUD; END' WHERE id = new.id; END;
            INSERT INTO people VALUES (1, 'Zoë "Z" O''Neill' || char(10) || 'x', x'00ff'), (2, 'loud', NULL), (9007199254740993, '', NULL);
            """);
        var before = await RowsAsync("app");

        await Shoal.OkAsync("db", "export", "app", "--output", $"app.{format}");
        var imported = await Shoal.JsonAsync("db", "import", "copy", $"app.{format}", "--create");

        Assert.Equal(before, await RowsAsync("copy"));
        Assert.True(imported.GetProperty("bytes").GetInt64() > 0);
        Assert.Equal(format, imported.GetProperty("format").GetString());
        Assert.DoesNotContain(Directory.EnumerateFiles(Folder), file => file.Contains(".partial-", StringComparison.Ordinal));

        async Task<string> RowsAsync(string database) =>
            await Shoal.OkAsync("db", "execute", database, "--command",
                "SELECT *, hex(photo) AS h FROM people ORDER BY id; SELECT type, name, sql FROM sqlite_schema "
                + "WHERE name NOT LIKE 'sqlite_%' ORDER BY name");
    }

    [Fact]
    public async Task Csv_goes_in_and_comes_out()
    {
        var csv = "id,name,note\n1,Zoë,\"a, \"\"b\"\"\"\n2,Bo,\n";
        Files.Write("people.csv", csv);
        await Shoal.OkAsync("db", "import", "app", "people.csv", "--create");
        await Shoal.OkAsync("db", "export", "app", "--output", "out.csv", "--table", "people");

        Assert.Equal("id\tname\tnote\n1\tZoë\ta, \"b\"\n2\tBo\tNULL\n",
            await Shoal.OkAsync("db", "execute", "app", "--command", "SELECT * FROM people"));
        Assert.Equal(csv, File.ReadAllText(Files.File("out.csv")).Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Csv_may_have_another_delimiter_and_table()
    {
        Files.Write("x.txt", "a;b\n1;2\n");
        await Shoal.OkAsync("db", "import", "app", "x.txt", "--create", "--format", "csv", "--delimiter", ";", "--table", "t");

        Assert.Equal("a\tb\n1\t2\n", await Shoal.OkAsync("db", "execute", "app", "--command", "SELECT * FROM t"));
    }

    [Fact]
    public async Task A_failing_import_changes_nothing()
    {
        await Shoal.OkAsync("db", "create", "app");
        Files.Write("bad.sql", "CREATE TABLE t(a);\nINSERT INTO t VALUES (1);\nINSERT INTO nowhere VALUES (1);\n");

        var result = await Shoal.RunAsync("db", "import", "app", "bad.sql");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("no such table: nowhere", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Shoal.JsonAsync("db", "info", "app")).GetProperty("num_tables").GetInt32());
    }

    [Fact]
    public async Task A_failing_import_takes_the_database_that_was_made_for_it_along()
    {
        await Shoal.OkAsync("db", "create", "app");
        Files.Write("bad.sql", "INSERT INTO nowhere VALUES (1);");

        var result = await Shoal.RunAsync("db", "import", "new", "bad.sql", "--create");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Equal("app", Assert.Single((await Shoal.JsonAsync("db", "list")).EnumerateArray()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Export_can_leave_out_schema_or_rows_and_go_to_standard_output()
    {
        await Shoal.OkAsync("db", "create", "app");
        await Shoal.OkAsync("db", "execute", "app", "--command", "CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE TABLE u(a)");

        var schema = await Shoal.OkAsync("db", "export", "app", "--output", "-", "--no-data");
        var rows = await Shoal.OkAsync("db", "export", "app", "--output", "-", "--no-schema", "--table", "t");

        Assert.Contains("CREATE TABLE u", schema, StringComparison.Ordinal);
        Assert.DoesNotContain("INSERT", schema, StringComparison.Ordinal);
        Assert.Contains("INSERT INTO \"t\"", rows, StringComparison.Ordinal);
        Assert.DoesNotContain("CREATE", rows, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_does_not_replace_a_file_unless_forced()
    {
        await Shoal.OkAsync("db", "create", "app");
        Files.Write("app.sql", "mine");

        var refused = await Shoal.RunAsync("db", "export", "app", "--output", "app.sql");
        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Files.File("app.sql")));

        await Shoal.OkAsync("db", "export", "app", "--output", "app.sql", "--force");
        Assert.StartsWith("PRAGMA", File.ReadAllText(Files.File("app.sql")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrations_are_created_applied_once_in_order_and_recorded_as_wrangler_does()
    {
        await Shoal.OkAsync("db", "create", "app");
        await Shoal.OkAsync("migrations", "create", "app", "add", "users");
        await Shoal.OkAsync("migrations", "create", "app", "index users!");
        Assert.Equal(["0001_add_users.sql", "0002_index_users.sql"],
            Directory.EnumerateFiles(Files.File("migrations")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        // Without a semicolon at the end, with line ends of Windows, with a comment as the last line.
        Files.Write("migrations/0001_add_users.sql", "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)\r\n-- done");
        Files.Write("migrations/0002_index_users.sql", "CREATE INDEX users_by_name ON users(name);\n");
        Files.Write("migrations/0010_it's_last.sql", "INSERT INTO users(name) VALUES ('Ada');");

        Assert.Equal("migration\tstate\n0001_add_users.sql\tnot applied\n0002_index_users.sql\tnot applied\n0010_it's_last.sql\tnot applied\n",
            await Shoal.OkAsync("migrations", "list", "app"));
        var applied = await Shoal.JsonAsync("migrations", "apply", "app");
        Assert.Equal(3, applied.GetProperty("applied").GetArrayLength());
        Assert.Equal(0, (await Shoal.JsonAsync("migrations", "apply", "app")).GetProperty("applied").GetArrayLength());
        Assert.Equal(3, (await Shoal.JsonAsync("db", "bookmark", "list", "app")).EnumerateArray()
            .Count(static one => one.GetProperty("automatic").GetBoolean()));
        Assert.All((await Shoal.JsonAsync("migrations", "list", "app")).EnumerateArray(),
            one => Assert.True(one.GetProperty("applied").GetBoolean()));
        Assert.Equal("id\tname\n1\t0001_add_users.sql\n2\t0002_index_users.sql\n3\t0010_it's_last.sql\n",
            await Shoal.OkAsync("db", "execute", "app", "--command", "SELECT id, name FROM d1_migrations ORDER BY id"));
        Assert.Equal("name\ttype\tnotnull\tdflt_value\tpk\nid\tINTEGER\t0\tNULL\t1\nname\tTEXT\t0\tNULL\t0\n"
            + "applied_at\tTIMESTAMP\t1\tCURRENT_TIMESTAMP\t0\n",
            await Shoal.OkAsync("db", "execute", "app", "--command",
                "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('d1_migrations')"));
    }

    [Fact]
    public async Task A_failing_migration_leaves_nothing_and_stops_those_after_it()
    {
        await Shoal.OkAsync("db", "create", "app");
        Files.Write("migrations/0001_good.sql", "CREATE TABLE a(x);");
        Files.Write("migrations/0002_bad.sql", "CREATE TABLE b(x); INSERT INTO nowhere VALUES (1);");
        Files.Write("migrations/0003_never.sql", "CREATE TABLE c(x);");

        var result = await Shoal.RunAsync("migrations", "apply", "app");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("migration 0002_bad.sql failed: no such table: nowhere", result.Error, StringComparison.Ordinal);
        Assert.Equal("name\na\n", await Shoal.OkAsync("db", "execute", "app", "--command",
            "SELECT name FROM sqlite_schema WHERE name IN ('a', 'b', 'c')"));
        Assert.Equal([true, false, false], (await Shoal.JsonAsync("migrations", "list", "app")).EnumerateArray()
            .Select(one => one.GetProperty("applied").GetBoolean()));
    }

    [Fact]
    public async Task Migrations_may_live_in_another_folder_and_table()
    {
        await Shoal.OkAsync("db", "create", "app");
        Files.Write("sql/1_first.sql", "CREATE TABLE a(x);");

        await Shoal.OkAsync("migrations", "apply", "app", "--dir", "sql", "--table", "my \"done\"");

        Assert.Equal("name\n1_first.sql\n", await Shoal.OkAsync("db", "execute", "app", "--command", "SELECT name FROM \"my \"\"done\"\"\""));
    }

    [Fact]
    public async Task A_token_is_created_listed_and_revoked()
    {
        await Shoal.OkAsync("db", "create", "app");
        var created = await Shoal.JsonAsync("token", "create", "--name", "ci", "--permission", "read", "--database", "app", "--expires", "90d");
        var id = created.GetProperty("id").GetString()!;
        Assert.StartsWith("shoal_", created.GetProperty("secret").GetString(), StringComparison.Ordinal);
        Assert.Equal("shoal", created.GetProperty("account").GetString());

        var listed = Assert.Single((await Shoal.JsonAsync("token", "list")).EnumerateArray());
        Assert.Equal(id, listed.GetProperty("id").GetString());
        Assert.Equal("read", listed.GetProperty("permission").GetString());
        Assert.Equal(1, listed.GetProperty("databases").GetArrayLength());
        Assert.False(listed.TryGetProperty("secret", out _));
        Assert.NotEqual(JsonValueKind.Null, listed.GetProperty("expires_at").ValueKind);

        await Shoal.OkAsync("token", "revoke", id);
        Assert.Equal(0, (await Shoal.JsonAsync("token", "list")).GetArrayLength());
        var again = await Shoal.RunAsync("token", "revoke", id);
        Assert.Equal(ExitCode.Failed, again.ExitCode);
        Assert.Contains($"there is no token \"{id}\"", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_secret_of_a_token_stands_alone_on_standard_output()
    {
        var result = await Shoal.RunAsync("token", "create", "--name", "ci", "--every-account");

        Assert.Equal(ExitCode.Ok, result.ExitCode);
        Assert.Matches("^shoal_[A-Za-z0-9_-]{43}\n$", result.Output);
        Assert.Contains("not shown again", result.Error, StringComparison.Ordinal);
    }
}
