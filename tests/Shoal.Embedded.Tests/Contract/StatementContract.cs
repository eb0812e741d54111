using Shoal.Client.D1;

namespace Shoal.Embedded.Tests.Contract;

/// <summary>Goal: the client's API does the same over HTTP and in process. Method: one suite, run on both.</summary>
public abstract class StatementContract(Func<Task<IClientHost>> start)
{
    private sealed record Product(long Id, string Name, double? Price, bool InStock);

    [Fact]
    public async Task Every_type_of_value_comes_back_as_it_went()
    {
        await using var host = await start();
        const string text = "a \"quoted\" \\ line\nbreak, \u0001 control, é, 日本, 🐟";
        var raw = await host.Shop.Prepare("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8")
            .Bind(SqlValue.Null, long.MaxValue, 1.0, text, new byte[] { 0, 127, 255 }, true, long.MinValue,
                double.NegativeInfinity).RawAsync();
        Assert.Equal(["?1", "?2", "?3", "?4", "?5", "?6", "?7", "?8"], raw.Columns);
        Assert.Equal([null, long.MaxValue, 1.0, text, new byte[] { 0, 127, 255 }, 1L, long.MinValue, double.NegativeInfinity],
            Assert.Single(raw.Rows));
    }

    [Fact]
    public async Task Rows_become_records_scalars_and_tuples()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("""
            CREATE TABLE products(id INTEGER PRIMARY KEY, name TEXT, price REAL, in_stock INTEGER);
            INSERT INTO products VALUES (1, 'net', 9.5, 1), (2, 'rod', NULL, 0);
            """);
        Product[] all = [new(1, "net", 9.5, true), new(2, "rod", null, false)];
        var select = host.Shop.Prepare("SELECT in_stock, name, id, price FROM products WHERE id >= ? ORDER BY id");
        Assert.Equal(all, await select.Bind(0).AllAsync<Product>());
        Assert.Equal(all[1], await select.Bind(2).FirstAsync<Product>());
        Assert.Null(await select.Bind(3).FirstAsync<Product>());
        Assert.Equal(all, await select.Bind(0).StreamAsync<Product>().ToListAsync());
        Assert.Equal((2L, "rod"), await host.Shop.Prepare("SELECT id, name FROM products WHERE id = 2").FirstAsync<(long, string)>());
        Assert.Equal(["net", "rod"], await host.Shop.Prepare("SELECT name FROM products ORDER BY id").AllAsync(row => row.GetString(0)));
        Assert.Null(await host.Shop.Prepare("SELECT NULL").FirstAsync<int?>());
        var id = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");
        Assert.Equal(id, await host.Shop.Prepare("SELECT ?").Bind(id).FirstAsync<Guid>());
        Assert.Equal(12.34m, await host.Shop.Prepare("SELECT '12.34'").FirstAsync<decimal>());
        var error = await Assert.ThrowsAsync<InvalidCastException>(() => host.Shop.Prepare("SELECT 'x' AS price").FirstAsync<double>());
        Assert.Contains("'price'", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidCastException>(() => host.Shop.Prepare("SELECT 1 AS other").AllAsync<Product>());
    }

    [Fact]
    public async Task Running_tells_what_it_did_and_cost()
    {
        await using var host = await start();
        Assert.Equal(2, (await host.Shop.ExecAsync("CREATE TABLE t(a); CREATE INDEX i ON t(a)")).Count);
        var meta = await host.Shop.Prepare("INSERT INTO t VALUES (?), (?)").Bind(1, 2).RunAsync();
        Assert.Equal((2, 2, 4, true), (meta.Changes, meta.LastRowId, meta.RowsWritten, meta.ChangedDatabase));
        Assert.Equal(12_288, meta.SizeAfterBytes);
        var read = await host.Shop.Prepare("SELECT * FROM t WHERE a > 0").RunAsync();
        Assert.Equal((2, 0, false), (read.RowsRead, read.RowsWritten, read.ChangedDatabase));
    }

    [Fact]
    public async Task A_batch_is_applied_whole_or_not_at_all_and_says_which_statement_failed()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");
        var insert = host.Shop.Prepare("INSERT INTO t VALUES (?)");
        var results = await host.Shop.BatchAsync(insert.Bind(1), insert.Bind(2), host.Shop.Prepare("SELECT a FROM t"));
        Assert.Equal([1L, 2L], results[2].Rows<long>());
        var error = await Assert.ThrowsAsync<ShoalException>(() => host.Shop.BatchAsync(insert.Bind(3), insert.Bind(4), insert.Bind(1)));
        Assert.Equal((ShoalErrorKind.Constraint, 7500, 2, false), (error.Kind, error.Code, error.StatementIndex, error.MayHaveBeenApplied));
        Assert.Contains("UNIQUE constraint failed: t.a", error.Reason, StringComparison.Ordinal);
        Assert.Equal(2, await host.Shop.Prepare("SELECT count(*) FROM t").FirstAsync<long>());
        Assert.Empty(await host.Shop.BatchAsync());
    }

    [Fact]
    public async Task Errors_say_what_and_where()
    {
        await using var host = await start();
        var wrong = await Assert.ThrowsAsync<ShoalException>(() => host.Shop.Prepare("SELEC 1").RunAsync());
        Assert.Equal((ShoalErrorKind.Sql, 0, "shop", false), (wrong.Kind, wrong.StatementIndex, wrong.Database, wrong.IsTransient));
        Assert.Equal("near \"SELEC\": syntax error at offset 0: SQLITE_ERROR", wrong.Reason);
        var count = await Assert.ThrowsAsync<ShoalException>(() => host.Shop.Prepare("SELECT ?, ?").Bind(1).RunAsync());
        Assert.Contains("Wrong number of parameter bindings", count.Reason, StringComparison.Ordinal);
        var missing = await Assert.ThrowsAsync<ShoalException>(() => host.Client.Database("none").Prepare("SELECT 1").RunAsync());
        Assert.Equal((ShoalErrorKind.DatabaseNotFound, "The database none could not be found"), (missing.Kind, missing.Reason));
        Assert.Contains("Hint:", missing.Message, StringComparison.Ordinal);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Shop.Prepare("SELECT 1").RunAsync(cancelled.Token));
    }

    [Fact]
    public async Task Databases_are_created_found_listed_and_deleted()
    {
        await using var host = await start();
        var created = await host.Client.CreateDatabaseAsync("one");
        Assert.Equal(created.Uuid, (await host.Client.FindDatabaseAsync("one"))?.Uuid);
        Assert.Equal(created.Uuid, (await host.Client.GetOrCreateDatabaseAsync("one")).Uuid);
        Assert.Equal(1, await host.Client.Database(created.Uuid).Prepare("SELECT 1").FirstAsync<int>());
        var taken = await Assert.ThrowsAsync<ShoalException>(() => host.Client.CreateDatabaseAsync("one"));
        Assert.Equal((ShoalErrorKind.NameTaken, 7502), (taken.Kind, taken.Code));
        await host.Client.GetOrCreateDatabaseAsync("two");
        Assert.Equal(["one", "two"], await host.Client.ListDatabasesAsync().Select(database => database.Name).ToListAsync());
        Assert.Equal(["two"], await host.Client.ListDatabasesAsync("W").Select(database => database.Name).ToListAsync());
        Assert.True(await host.Client.DeleteDatabaseAsync("one"));
        Assert.False(await host.Client.DeleteDatabaseAsync("one"));
        Assert.Null(await host.Client.FindDatabaseAsync("one"));
    }

    [Fact]
    public async Task A_missing_database_is_created_when_asked_for_by_many_at_once()
    {
        await using var host = await start();
        var database = host.Client.Database("fresh", createIfMissing: true);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(n => database.Prepare("SELECT ?").Bind(n).FirstAsync<int>()));
        Assert.Equal(Enumerable.Range(0, 16), answers);
    }

    [Fact]
    public async Task One_client_serves_many_databases()
    {
        await using var host = await start();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async number =>
        {
            var database = host.Client.Database($"tenant-{number}", createIfMissing: true);
            await database.ExecAsync("CREATE TABLE t(a)");
            await database.Prepare("INSERT INTO t VALUES (?)").Bind(number).RunAsync();
            Assert.Equal(number, await database.Prepare("SELECT a FROM t").FirstAsync<int>());
        }));
    }

    [Theory]
    [InlineData(SessionStart.FirstPrimary)]
    [InlineData(SessionStart.FirstUnconstrained)]
    public async Task A_session_follows_its_database_and_can_be_taken_elsewhere(string constraint)
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(a)");
        var session = host.Shop.WithSession(constraint);
        Assert.Null(session.Bookmark);
        await session.Prepare("SELECT 1").RunAsync();
        var before = session.Bookmark;
        Assert.NotNull(before);
        await session.BatchAsync(session.Prepare("INSERT INTO t VALUES (?)").Bind(1), session.Prepare("INSERT INTO t VALUES (2)"));
        Assert.True(string.CompareOrdinal(session.Bookmark, before) > 0);

        var elsewhere = host.Client.Database("shop").WithSession(session.Bookmark!);
        Assert.Equal(session.Bookmark, elsewhere.Bookmark);
        Assert.Equal([1L, 2L], await elsewhere.Prepare("SELECT a FROM t ORDER BY a").AllAsync<long>());
        Assert.True(string.CompareOrdinal(elsewhere.Bookmark, session.Bookmark) >= 0);
    }

    [Fact]
    public async Task A_large_result_can_be_streamed_and_left_in_the_middle()
    {
        await using var host = await start();
        var numbers = host.Shop.Prepare("""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            SELECT i, 'text ], [ " \ ' || i AS t, CAST(i % 7 AS BLOB) AS b, i / 2.0 AS r FROM n
            """).Bind(50_000);
        var count = 0;
        await foreach (var row in numbers.StreamAsync(row => (Id: row.GetInt64(0), Text: row.GetString(1), Blob: row.GetBlob(2), Real: row.GetDouble(3))))
        {
            count++;
            Assert.Equal((count, $"text ], [ \" \\ {count}", count / 2.0), (row.Id, row.Text, row.Real));
            Assert.Equal([(byte)('0' + (count % 7))], row.Blob);
        }

        Assert.Equal(50_000, count);
        Assert.Equal(6, await numbers.StreamAsync<long>().TakeWhile(value => value < 7).CountAsync());
        Assert.Equal(0, await host.Shop.Prepare("SELECT 1 WHERE 0").StreamAsync<long>().CountAsync());
        await Assert.ThrowsAsync<ShoalException>(async () => await host.Shop.Prepare("SELECT * FROM nowhere").StreamAsync<long>().CountAsync());
    }

    [Fact]
    public async Task Statements_beyond_D1s_limits_run()
    {
        await using var host = await start();
        var many = host.Shop.Prepare("SELECT " + string.Join("+", Enumerable.Repeat("?", 500))).Bind([.. Enumerable.Repeat<SqlValue>(2, 500)]);
        Assert.Equal(1_000, await many.FirstAsync<int>());
    }
}
