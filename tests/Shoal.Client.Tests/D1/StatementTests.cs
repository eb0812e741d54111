using Shoal.Client.D1;

namespace Shoal.Client.Tests.D1;

public sealed class StatementTests
{
    private enum Colour
    {
        Red = 1,
        Blue = 2,
    }

    private sealed record Product(long Id, string Name, double? Price, bool InStock);

    [Fact]
    public async Task Every_type_of_value_comes_back_as_it_went()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var statement = fixture.Shop.Prepare("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, typeof(?2), typeof(?3)");
        var text = "a \"quoted\" \\ line\nbreak, \u0001 control, é, 日本, 🐟";
        var raw = await statement.Bind(SqlValue.Null, long.MaxValue, 1.0, text, new byte[] { 0, 127, 255 }, true,
            double.PositiveInfinity).RawAsync();
        var row = Assert.Single(raw.Rows);
        Assert.Null(row[0]);
        Assert.Equal(long.MaxValue, row[1]);
        Assert.Equal(1.0, Convert.ToDouble(row[2]));
        Assert.Equal(text, row[3]);
        Assert.Equal(new byte[] { 0, 127, 255 }, row[4]);
        Assert.Equal(1L, row[5]);
        Assert.Equal("integer", row[7]);
        Assert.Equal("real", row[8]);
        Assert.Equal(1L, await fixture.Shop.Prepare("SELECT ? > 1e308").Bind(double.PositiveInfinity).FirstAsync<long>());
    }

    [Fact]
    public async Task Rows_become_records_by_name_of_column()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await fixture.Shop.ExecAsync("""
            CREATE TABLE products(id INTEGER PRIMARY KEY, name TEXT, price REAL, in_stock INTEGER);
            INSERT INTO products VALUES (1, 'net', 9.5, 1), (2, 'rod', NULL, 0);
            """);
        var products = await fixture.Shop.Prepare("SELECT in_stock, name, id, price FROM products ORDER BY id").AllAsync<Product>();
        Assert.Equal([new Product(1, "net", 9.5, true), new Product(2, "rod", null, false)], products);
        Assert.Equal("rod", await fixture.Shop.Prepare("SELECT name FROM products WHERE id = ?").Bind(2).FirstAsync<string>());
        Assert.Equal(0, await fixture.Shop.Prepare("SELECT id FROM products WHERE id = 3").FirstAsync<long>());
        Assert.Null(await fixture.Shop.Prepare("SELECT id FROM products WHERE id = 3").FirstAsync<long?>());
        Assert.Null(await fixture.Shop.Prepare("SELECT * FROM products WHERE id = 3").FirstAsync<Product>());
        Assert.Equal((2L, "rod"), await fixture.Shop.Prepare("SELECT id, name FROM products WHERE id = 2").FirstAsync<(long, string)>());
        await Assert.ThrowsAsync<InvalidCastException>(() => fixture.Shop.Prepare("SELECT 1 AS other").AllAsync<Product>());
        Assert.Equal(["net", "rod"], await fixture.Shop.Prepare("SELECT name FROM products ORDER BY id")
            .AllAsync(row => row.GetString(0)));
    }

    [Fact]
    public async Task Scalars_of_all_sorts_are_read()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var id = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");
        var at = new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.FromHours(2));
        Assert.Equal(id, await fixture.Shop.Prepare("SELECT ?").Bind(id).FirstAsync<Guid>());
        Assert.Equal(at, await fixture.Shop.Prepare("SELECT ?").Bind(at).FirstAsync<DateTimeOffset>());
        Assert.Equal(Colour.Blue, await fixture.Shop.Prepare("SELECT 2").FirstAsync<Colour>());
        Assert.Equal(12.34m, await fixture.Shop.Prepare("SELECT '12.34'").FirstAsync<decimal>());
        Assert.Equal([1, 2], await fixture.Shop.Prepare("SELECT x'0102'").FirstAsync<byte[]>() ?? []);
        Assert.Null(await fixture.Shop.Prepare("SELECT NULL").FirstAsync<int?>());
        await Assert.ThrowsAsync<OverflowException>(() => fixture.Shop.Prepare("SELECT 300").FirstAsync<byte>());
        var error = await Assert.ThrowsAsync<InvalidCastException>(() => fixture.Shop.Prepare("SELECT 'x' AS price").FirstAsync<double>());
        Assert.Contains("'price'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Running_tells_what_it_did()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await fixture.Shop.ExecAsync("CREATE TABLE t(a)");
        var meta = await fixture.Shop.Prepare("INSERT INTO t VALUES (?), (?)").Bind(1, 2).RunAsync();
        Assert.Equal(2, meta.Changes);
        Assert.Equal(2, meta.LastRowId);
        Assert.Equal(2, meta.RowsWritten);
        Assert.True(meta.ChangedDatabase);
        Assert.True(meta.SizeAfterBytes > 0);
        var exec = await fixture.Shop.ExecAsync("SELECT 1; SELECT 2; SELECT 3");
        Assert.Equal(3, exec.Count);
    }

    [Fact]
    public async Task A_batch_is_applied_whole_or_not_at_all()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await fixture.Shop.ExecAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");
        var insert = fixture.Shop.Prepare("INSERT INTO t VALUES (?)");
        var results = await fixture.Shop.BatchAsync(insert.Bind(1), insert.Bind(2), fixture.Shop.Prepare("SELECT a FROM t"));
        Assert.Equal([1L, 2L], results[2].Rows<long>());
        var error = await Assert.ThrowsAsync<ShoalException>(() => fixture.Shop.BatchAsync(insert.Bind(3), insert.Bind(1)));
        Assert.Equal(ShoalErrorKind.Constraint, error.Kind);
        Assert.Equal(7500, error.Code);
        Assert.False(error.MayHaveBeenApplied);
        Assert.Equal(2, await fixture.Shop.Prepare("SELECT count(*) FROM t").FirstAsync<long>());
        Assert.Empty(await fixture.Shop.BatchAsync());
    }

    [Fact]
    public async Task Errors_say_what_and_where()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var wrong = await Assert.ThrowsAsync<ShoalException>(() => fixture.Shop.Prepare("SELEC 1").RunAsync());
        Assert.Equal((ShoalErrorKind.Sql, 0, "shop", false), (wrong.Kind, wrong.StatementIndex, wrong.Database, wrong.IsTransient));
        Assert.Contains("syntax error", wrong.Reason, StringComparison.Ordinal);

        var missing = await Assert.ThrowsAsync<ShoalException>(() => fixture.Client.Database("none").Prepare("SELECT 1").RunAsync());
        Assert.Equal((ShoalErrorKind.DatabaseNotFound, "The database none could not be found"), (missing.Kind, missing.Reason));
        Assert.Contains("Hint:", missing.Message, StringComparison.Ordinal);

        using var stranger = new ShoalClient(fixture.Client.Options with { Token = "wrong" });
        var refused = await Assert.ThrowsAsync<ShoalException>(() => stranger.Database("shop").Prepare("SELECT 1").RunAsync());
        Assert.Equal(ShoalErrorKind.Unauthorized, refused.Kind);

        using var nowhere = new ShoalClient(fixture.Client.Options with { Address = new Uri("http://127.0.0.1:1") });
        var unsent = await Assert.ThrowsAsync<ShoalException>(() => nowhere.Database("shop").Prepare("DELETE FROM t").RunAsync());
        Assert.Equal((ShoalErrorKind.Unreachable, false, 5), (unsent.Kind, unsent.MayHaveBeenApplied, unsent.Attempts));
    }

    [Fact]
    public async Task What_breaks_a_limit_of_the_target_is_not_sent()
    {
        await using var fixture = await ClientFixture.StartAsync(client: options => options with
        {
            Limits = new TargetLimits { BodyBytesMax = 200, StatementsMax = 2 },
        });
        var large = await Assert.ThrowsAsync<ShoalException>(
            () => fixture.Shop.Prepare("SELECT ?").Bind(new string('x', 300)).RunAsync());
        Assert.Equal((ShoalErrorKind.InvalidRequest, false, null), (large.Kind, large.MayHaveBeenApplied, large.Status));
        var one = fixture.Shop.Prepare("SELECT 1");
        var many = await Assert.ThrowsAsync<ShoalException>(() => fixture.Shop.BatchAsync(one, one, one));
        Assert.Contains("3 statements", many.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_reads_what_is_larger_than_a_reply_may_be()
    {
        await using var fixture = await ClientFixture.StartAsync(client: options => options with { ReplyBytesMax = 200_000 });
        var rows = fixture.Shop.Prepare("""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
            SELECT i, substr(hex(zeroblob(40000)), 1, i * 400) AS t FROM n
            """);
        var whole = await Assert.ThrowsAsync<ShoalException>(() => rows.RawAsync());
        Assert.Contains("read it as a stream", whole.Hint, StringComparison.Ordinal);
        var next = 0;
        await foreach (var (number, text) in rows.StreamAsync(row => (row.GetInt32(0), row.GetString(1))))
        {
            Assert.Equal((++next, next * 400), (number, text.Length));
        }

        Assert.Equal(200, next);
        await Assert.ThrowsAsync<ShoalException>(async () => await fixture.Shop.Prepare("SELECT hex(zeroblob(300000))").StreamAsync<string>().CountAsync());
    }

    [Fact]
    public async Task A_cancelled_call_ends_as_cancelled()
    {
        await using var fixture = await ClientFixture.StartAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.Shop.Prepare("SELECT 1").RunAsync(cancelled.Token));
    }

    [Theory]
    [InlineData("SELECT 1", true)]
    [InlineData("  values (1) ; ", true)]
    [InlineData("EXPLAIN SELECT 1", true)]
    [InlineData("SELECT 1; DELETE FROM t", false)]
    [InlineData("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", false)]
    [InlineData("SELECTED", false)]
    [InlineData("UPDATE t SET a = 1", false)]
    public void Only_what_certainly_reads_counts_as_reading(string sql, bool reads) =>
        Assert.Equal(reads, SqlText.IsCertainlyReading(sql));
}
