using Shoal.Engine.Requests;

namespace Shoal.Engine.Tests.Databases;

public sealed class RequestTests
{
    [Fact]
    public async Task A_row_written_is_read_back_and_survives_a_restart()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)");
        await fixture.RunAsync("INSERT INTO t VALUES (?, ?)", SqlValue.Integer(7), SqlValue.Text("seven"));

        Assert.Equal("7|seven", await fixture.RunAsync("SELECT * FROM t"));
        await fixture.RestartAsync();
        Assert.Equal("7|seven", await fixture.RunAsync("SELECT * FROM t"));
    }

    [Fact]
    public async Task Meta_tells_rows_changes_rowid_and_size()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)");

        var insert = (await fixture.ResultsAsync("INSERT INTO t(b) VALUES ('x'), ('y')"))[0].Meta;
        var select = (await fixture.ResultsAsync("SELECT * FROM t"))[0].Meta;

        Assert.Equal((0, 2, 2, 2, true),
            (insert.RowsRead, insert.RowsWritten, insert.Changes, insert.LastRowId, insert.ChangedDatabase));
        Assert.Equal((2, 0, 0, 2, false, 2),
            (select.RowsRead, select.RowsWritten, select.Changes, select.LastRowId, select.ChangedDatabase,
                select.RowsReturned));
        Assert.Equal(insert.SizeAfterBytes, select.SizeAfterBytes);
        Assert.Equal(8192, insert.SizeAfterBytes);
    }

    [Fact]
    public async Task A_failing_statement_undoes_the_whole_batch()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a UNIQUE)");

        var error = await Assert.ThrowsAsync<SqlException>(() => fixture.BatchAsync(
            new SqlBatchItem("INSERT INTO t VALUES (1)"), new SqlBatchItem("INSERT INTO t VALUES (1)")));

        Assert.Equal("UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)",
            error.Message);
        Assert.Equal(new StatementPosition(1, 0), error.Position);
        Assert.Equal("0", await fixture.RunAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Statements_of_one_text_each_give_a_result()
    {
        await using var fixture = await EngineFixture.StartAsync();

        var results = await fixture.ResultsAsync(
            """
            CREATE TABLE t(a); -- a comment; with a semicolon
            CREATE TRIGGER tr AFTER INSERT ON t begin INSERT INTO t VALUES ('end;'); end;
            INSERT INTO t VALUES (';'); SELECT a FROM t ORDER BY rowid;
            /* done */
            """);

        Assert.Equal([0, 1, 2, 3], results.Select(result => result.Position.Statement));
        Assert.Equal(2, results[3].Rows.Count);
    }

    [Theory]
    [InlineData("", "No SQL statements detected.")]
    [InlineData("  -- only a comment", "No SQL statements detected.")]
    [InlineData(";", "SQL code did not contain a statement.")]
    [InlineData("SELECT nope", "no such column: nope at offset 7: SQLITE_ERROR")]
    [InlineData("SELECT 1; SELECT nope", "no such column: nope at offset 7: SQLITE_ERROR")]
    [InlineData("SELEC 1", "near \"SELEC\": syntax error at offset 0: SQLITE_ERROR")]
    [InlineData("SELECT ?", "Wrong number of parameter bindings for SQL query.")]
    [InlineData("SELECT ?; SELECT 1",
        "When executing multiple SQL statements in a single call, only the last statement can have parameters.")]
    [InlineData("/* only */", "SQL code did not contain a statement.")]
    [InlineData("\n SELEC 1", "near \"SELEC\": syntax error at offset 2: SQLITE_ERROR")]
    [InlineData("CREATE TABLE temp.x(a)", "not authorized: SQLITE_AUTH")]
    [InlineData("ATTACH 'x' AS y", "not authorized: SQLITE_AUTH")]
    [InlineData("VACUUM", "cannot VACUUM from within a transaction: SQLITE_ERROR")]
    [InlineData("VACUUM INTO '/tmp/x'", "cannot VACUUM from within a transaction: SQLITE_ERROR")]
    [InlineData("PRAGMA journal_mode=DELETE", "not authorized: SQLITE_AUTH")]
    [InlineData("PRAGMA wal_checkpoint", "not authorized: SQLITE_AUTH")]
    [InlineData("PRAGMA synchronous=OFF", "not authorized: SQLITE_AUTH")]
    [InlineData("CREATE TEMP TABLE t(a)", "not authorized: SQLITE_AUTH")]
    [InlineData("CREATE TABLE _cf_x(a)", "not authorized: SQLITE_AUTH")]
    [InlineData("CREATE TABLE x(a); ALTER TABLE x RENAME TO _cf_y", "not authorized: SQLITE_AUTH")]
    [InlineData("SELECT * FROM sqlite_dbpage", "access to sqlite_dbpage.pgno is prohibited: SQLITE_AUTH")]
    [InlineData("SELECT load_extension('x')", "not authorized: SQLITE_ERROR")]
    [InlineData("SELECT ceiling(1)", "not authorized to use function: ceiling at offset 7: SQLITE_ERROR")]
    public async Task What_is_not_allowed_has_the_text_of_D1(string sql, string message)
    {
        await using var fixture = await EngineFixture.StartAsync();
        Assert.Equal(message, await fixture.FailAsync(sql));
        Assert.Equal("1", await fixture.RunAsync("SELECT 1"));
    }

    [Theory]
    [InlineData("BEGIN")]
    [InlineData("COMMIT")]
    [InlineData("SAVEPOINT s")]
    [InlineData("INSERT INTO t VALUES (1); ROLLBACK")]
    public async Task Transaction_statements_are_refused(string sql)
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a)");
        Assert.StartsWith("To execute a transaction,", await fixture.FailAsync(sql), StringComparison.Ordinal);
        Assert.Equal("0", await fixture.RunAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Settings_do_not_outlive_their_request()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("PRAGMA case_sensitive_like=ON");
        Assert.Equal("1", await fixture.RunAsync("SELECT 'a' LIKE 'A'"));
        Assert.Equal("1",
            (await fixture.ResultsAsync("PRAGMA defer_foreign_keys=ON; PRAGMA defer_foreign_keys"))[1]
                .Rows[0][0].AsInteger.ToString());
        Assert.Equal("0", await fixture.RunAsync("PRAGMA defer_foreign_keys"));
        await fixture.RunAsync("PRAGMA foreign_keys=OFF");
        Assert.Equal("1", await fixture.RunAsync("PRAGMA foreign_keys"));
    }

    [Fact]
    public async Task Readers_follow_the_schema_also_in_pragmas()
    {
        await using var fixture = await EngineFixture.StartAsync();
        Assert.Equal("", await fixture.RunAsync("PRAGMA table_info(t)"));
        Assert.Equal("", await fixture.RunAsync("SELECT name FROM pragma_table_info('t')"));
        await fixture.RunAsync("CREATE TABLE t(a); CREATE TABLE c(b REFERENCES t)");
        Assert.Equal("0|a||0|NULL|0", await fixture.RunAsync("PRAGMA table_info(t)"));
        Assert.Equal("a", await fixture.RunAsync("SELECT name FROM pragma_table_info('t')"));
        Assert.Equal("t", await fixture.RunAsync("SELECT \"table\" FROM pragma_foreign_key_list('c')"));
    }

    [Theory]
    [InlineData("pragma_data_version")]
    [InlineData("PRAGMA_DATA_VERSION")]
    [InlineData("Pragma_Data_Version")]
    public async Task Pragmas_that_are_named_as_tables_are_answered_by_the_writer_in_any_case(string table)
    {
        // Only readers see the version change: it is that of commits of other connections.
        await using var fixture = await EngineFixture.StartAsync();
        var before = await fixture.RunAsync($"SELECT data_version FROM {table}");
        await fixture.RunAsync("CREATE TABLE t(a)");
        Assert.Equal(before, await fixture.RunAsync($"SELECT data_version FROM {table}"));
    }

    [Fact]
    public async Task A_deferred_foreign_key_violation_fails_its_request_alone()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE p(a PRIMARY KEY)");
        await fixture.RunAsync("CREATE TABLE c(a REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
        Assert.Equal("FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)",
            await fixture.FailAsync("INSERT INTO c VALUES (1)"));
        await fixture.RunAsync("INSERT INTO c VALUES (1); INSERT INTO p VALUES (1)");
        Assert.Equal("1", await fixture.RunAsync("SELECT count(*) FROM c"));
    }

    [Fact]
    public async Task A_read_only_request_refuses_to_write()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var request = new SqlRequest { Items = [new SqlBatchItem("CREATE TABLE t(a)")], ReadOnly = true };
        var error = await Assert.ThrowsAsync<EngineException>(
            async () => await fixture.Engine.ExecuteAsync(fixture.Id, request, new ResultCollector()));
        Assert.Equal(EngineErrorKind.ReadOnly, error.Kind);
    }

    [Fact]
    public async Task A_query_past_its_time_is_stopped_and_the_database_goes_on()
    {
        await using var fixture = await EngineFixture.StartAsync(
            new EngineLimits { QueryTimeout = TimeSpan.FromSeconds(2) });
        const string Endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.ResultsAsync(Endless));
        Assert.Equal(EngineErrorKind.Timeout, error.Kind);

        await fixture.RunAsync("CREATE TABLE t(a)");
        error = await Assert.ThrowsAsync<EngineException>(() => fixture.ResultsAsync("INSERT INTO t " + Endless));
        Assert.Equal(EngineErrorKind.Timeout, error.Kind);
        Assert.Equal("0", await fixture.RunAsync("SELECT count(*) FROM t"));
    }
}
