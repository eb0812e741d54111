using Shoal.Client.Bulk;

namespace Shoal.Client.Tests.Bulk;

public sealed class BulkWriterTests
{
    private const string Schema =
        "CREATE TABLE products(id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (name <> 'bad'), price REAL, version INTEGER DEFAULT 7)";

    private static readonly TableMap<Product> Products = new TableMap<Product>("products")
        .Key("id", product => product.Id).Column("name", product => product.Name).Column("price", product => product.Price);

    private static readonly TableMap<Product> Versioned = new TableMap<Product>("products")
        .Key("id", product => product.Id).Column("name", product => product.Name).Column("version", product => product.Version);

    private sealed record Product(long Id, string? Name, double Price = 1.5, long Version = 1);

    [Theory]
    [InlineData(ShoalTarget.Shoal)]
    [InlineData(ShoalTarget.CloudflareD1)]
    public async Task All_rows_arrive_in_few_requests_within_the_limits_of_the_target(ShoalTarget target)
    {
        await using var fixture = await StartAsync(target);
        var report = await fixture.Shop.InsertManyAsync(Products, Rows(25_000), new BulkOptions { BatchRowsMax = 10_000 });
        Assert.Equal((25_000, 25_000, 0), (report.Rows, report.Applied, report.Rejected));
        Assert.InRange(report.Requests, 3, 4);
        Assert.Equal("25000|312487500|37500.0|25000", await fixture.Shop.Prepare(
            "SELECT count(*) || '|' || sum(id) || '|' || sum(price) || '|' || count(DISTINCT name) FROM products").FirstAsync<string>());
    }

    [Theory]
    [InlineData(ShoalTarget.Shoal)]
    [InlineData(ShoalTarget.CloudflareD1)]
    public async Task Every_value_arrives_as_itself_in_both_forms(ShoalTarget target)
    {
        await using var fixture = await StartAsync(target);
        await fixture.Shop.ExecAsync("CREATE TABLE v(id INTEGER PRIMARY KEY, a)");
        SqlValue[] values =
        [
            SqlValue.Null, 0, -1, (1L << 53) + 1, long.MinValue, 0.1, -2.5e300, double.PositiveInfinity, "", "plain", "q\"u\\o\te",
            "日本 🐟 \u0001\u001f\u007f", "'; DROP TABLE v; --", "[1,2]", "null", true,
        ];
        var map = new TableMap<int>("v").Key("id", index => index).Column("a", index => values[index]);
        await fixture.Shop.InsertManyAsync(map, Enumerable.Range(0, values.Length), new BulkOptions { AsParameters = false });
        await CheckAsync();

        // A blob and a text with a NUL can not be JSON, and make the whole batch go as parameters.
        await fixture.Shop.ExecAsync("DELETE FROM v");
        values = [.. values.Where(value => target == ShoalTarget.Shoal || value.Kind != SqlValueKind.Integer),
            new byte[] { 0, 1, 255 }, "a\0b", Array.Empty<byte>()];
        await fixture.Shop.InsertManyAsync(map, Enumerable.Range(0, values.Length));
        await CheckAsync();

        async Task CheckAsync()
        {
            for (var index = 0; index < values.Length; index++)
            {
                // Written and compared by SQLite itself, so that no number is rounded on its way back.
                var (literal, type) = Literal(values[index]);
                var got = await fixture.Shop.Prepare($"SELECT typeof(a) || ':' || (a IS {literal}) FROM v WHERE id = {index}")
                    .FirstAsync<string>();
                Assert.Equal($"{type}:1", got);
            }
        }
    }

    [Fact]
    public async Task Keys_that_are_there_are_treated_as_the_mode_says()
    {
        await using var fixture = await StartAsync();
        await fixture.Shop.InsertManyAsync(Versioned, [new Product(1, "one", Version: 5), new Product(2, "two", Version: 5)]);
        Product[] again = [new Product(1, "newer", Version: 6), new Product(2, "older", Version: 4), new Product(3, "three", Version: 1)];

        await fixture.Shop.WriteManyAsync(Versioned, again, WriteMode.Ignore);
        Assert.Equal("one 5,two 5,three 1", await ContentAsync(fixture));
        await fixture.Shop.WriteManyAsync(Versioned, again, WriteMode.UpdateIfNewer("version"));
        Assert.Equal("newer 6,two 5,three 1", await ContentAsync(fixture));
        await fixture.Shop.WriteManyAsync(Versioned, again, WriteMode.Upsert("name"));
        Assert.Equal("newer 6,older 5,three 1", await ContentAsync(fixture));
        await fixture.Shop.WriteManyAsync(Products, again[..1], WriteMode.Replace);
        Assert.Equal("newer 7,older 5,three 1", await ContentAsync(fixture));
        await fixture.Shop.UpsertManyAsync(Versioned, [new Product(3, "a", Version: 2), new Product(3, "b", Version: 3)]);
        Assert.Equal("newer 7,older 5,b 3", await ContentAsync(fixture));
        await fixture.Shop.DeleteManyAsync(Products, [new Product(1, null), new Product(9, null)]);
        Assert.Equal("older 5,b 3", await ContentAsync(fixture));
    }

    [Fact]
    public async Task Rows_are_deleted_by_all_columns_of_their_key()
    {
        await using var fixture = await StartAsync();
        await fixture.Shop.ExecAsync("CREATE TABLE p(a TEXT, b TEXT, PRIMARY KEY(a, b)); INSERT INTO p VALUES ('x','y'),('y','x'),('x','x')");
        var map = new TableMap<(string A, string B)>("p").Key("a", row => row.A).Key("b", row => row.B);
        await fixture.Shop.DeleteManyAsync(map, [("x", "y")]);
        Assert.Equal(["x-x", "y-x"], await fixture.Shop.Prepare("SELECT a || '-' || b FROM p ORDER BY a, b").AllAsync<string>());
    }

    [Fact]
    public async Task A_refused_row_ends_the_write_and_the_report_says_what_is_applied()
    {
        await using var fixture = await StartAsync();
        var error = await Assert.ThrowsAsync<BulkWriteException>(() => fixture.Shop.InsertManyAsync(
            Products, Rows(300).Select(row => row.Id == 150 ? row with { Name = "bad" } : row), new BulkOptions { BatchRowsMax = 100 }));
        Assert.Equal((100, 100, 0), (error.Report.Applied, error.Report.Rejected, error.Report.Unknown));
        Assert.Equal(error.Report.Rows, error.Report.Applied + error.Report.Rejected + error.Report.NotApplied);
        Assert.Equal(ShoalErrorKind.Constraint, error.Kind);
        Assert.Equal(100, await CountAsync(fixture));
    }

    [Fact]
    public async Task Rows_at_fault_are_found_by_halving_and_told_with_index_key_and_reason()
    {
        await using var fixture = await StartAsync();
        var report = await fixture.Shop.InsertManyAsync(Products,
            Rows(1_000).Select(row => row.Id is 7 or 500 or 501 ? row with { Name = "bad" } : row.Id == 999 ? row with { Id = 3 } : row),
            new BulkOptions { Atomicity = Atomicity.PerRow, RejectedMax = int.MaxValue, BatchRowsMax = 400 });
        Assert.Equal((1_000, 996, 4), (report.Rows, report.Applied, report.Rejected));
        Assert.Equal([7, 500, 501, 999], report.Failures.Select(failure => failure.Index));
        Assert.Equal([7L, 500L, 501L, 3L], report.Failures.Select(failure => failure.Key[0]));
        Assert.Contains("CHECK constraint failed", report.Failures[0].Error.Reason, StringComparison.Ordinal);
        Assert.Contains("UNIQUE constraint failed: products.id", report.Failures[3].ToString(), StringComparison.Ordinal);
        Assert.True(report.Requests < 4 * 2 * 10, $"{report.Requests} requests");
        Assert.Equal(996, await CountAsync(fixture));
    }

    [Fact]
    public async Task All_or_nothing_leaves_nothing_of_a_write_with_a_refused_row()
    {
        await using var fixture = await StartAsync();
        var options = new BulkOptions { Atomicity = Atomicity.AllOrNothing, BatchRowsMax = 10 };
        var error = await Assert.ThrowsAsync<BulkWriteException>(() => fixture.Shop.InsertManyAsync(
            Products, Rows(5_000).Append(new Product(0, "again")), options));
        Assert.Equal((0, 5_001), (error.Report.Applied, error.Report.Rejected));
        Assert.Equal(0, await CountAsync(fixture));
        var report = await fixture.Shop.InsertManyAsync(Products, Rows(5_000), options);
        Assert.Equal((5_000, 1), (report.Applied, report.Requests));
    }

    [Fact]
    public async Task What_is_too_large_for_all_or_nothing_is_refused_before_anything_is_sent()
    {
        await using var fixture = await StartAsync(limits: new TargetLimits { BodyBytesMax = 20_000 });
        var error = await Assert.ThrowsAsync<ShoalException>(() => fixture.Shop.InsertManyAsync(
            Products, Rows(5_000), new BulkOptions { Atomicity = Atomicity.AllOrNothing }));
        Assert.Equal((ShoalErrorKind.InvalidRequest, false), (error.Kind, error.MayHaveBeenApplied));
        Assert.Equal(0, await CountAsync(fixture));
    }

    [Fact]
    public async Task A_missing_table_is_told_at_once_and_not_looked_for_row_by_row()
    {
        await using var fixture = await StartAsync();
        var error = await Assert.ThrowsAsync<BulkWriteException>(() => fixture.Shop.InsertManyAsync(
            new TableMap<int>("nowhere").Key("id", id => id), Enumerable.Range(0, 500),
            new BulkOptions { Atomicity = Atomicity.PerRow, RejectedMax = int.MaxValue }));
        Assert.Equal((ShoalErrorKind.Sql, 1), (error.Kind, error.Report.Requests));
    }

    [Fact]
    public async Task An_import_that_broke_off_goes_on_where_it_was()
    {
        await using var fixture = await StartAsync();
        var options = new BulkOptions { ResumeName = "catalogue 2026", BatchRowsMax = 100 };
        await Assert.ThrowsAsync<InvalidDataException>(() => fixture.Shop.InsertManyAsync(Products, BreaksOffAsync(450), options));
        Assert.Equal(400, await CountAsync(fixture));
        var report = await fixture.Shop.InsertManyAsync(Products, Rows(1_000), options);
        Assert.Equal((1_000, 400, 600), (report.Rows, report.Skipped, report.Applied));
        Assert.Equal(1_000, await CountAsync(fixture));
        Assert.Equal(1_000, (await fixture.Shop.InsertManyAsync(Products, Rows(1_000), options)).Skipped);
    }

    [Fact]
    public async Task Progress_is_told_after_each_batch()
    {
        await using var fixture = await StartAsync();
        var seen = new Recorder();
        await fixture.Shop.InsertManyAsync(Products, Rows(250), new BulkOptions { BatchRowsMax = 100, Progress = seen });
        Assert.Equal([100, 200, 250], seen.Rows);
    }

    [Fact]
    public void A_map_or_mode_that_can_not_work_is_refused()
    {
        var database = new ShoalClient(new ShoalClientOptions { Address = new Uri("http://localhost") }).Database("x");
        var keyless = new TableMap<int>("t").Column("a", value => value);
        Assert.Throws<ArgumentException>(() => keyless.Column("A", value => value));
        Assert.ThrowsAny<ArgumentException>(() => { _ = database.UpsertManyAsync(keyless, [1]); });
        Assert.ThrowsAny<ArgumentException>(() => { _ = database.WriteManyAsync(keyless, [1], WriteMode.UpdateIfNewer("v")); });
        Assert.ThrowsAny<ArgumentException>(() => { _ = database.InsertManyAsync(new TableMap<int>("t"), [1]); });
    }

    private static Task<ClientFixture> StartAsync(ShoalTarget target = ShoalTarget.Shoal, TargetLimits? limits = null) =>
        PreparedAsync(ClientFixture.StartAsync(client: options => options with { Target = target, Limits = limits }));

    private static async Task<ClientFixture> PreparedAsync(Task<ClientFixture> starting)
    {
        var fixture = await starting;
        await fixture.Shop.ExecAsync(Schema);
        return fixture;
    }

    private static IEnumerable<Product> Rows(int count) =>
        Enumerable.Range(0, count).Select(index => new Product(index, $"product {index}"));

    private static async IAsyncEnumerable<Product> BreaksOffAsync(int after)
    {
        foreach (var row in Rows(after))
        {
            await Task.Yield();
            yield return row;
        }

        throw new InvalidDataException("the file ends in the middle of a line");
    }

    private static async Task<long> CountAsync(ClientFixture fixture) =>
        await fixture.Shop.Prepare("SELECT count(*) FROM products").FirstAsync<long>();

    private static Task<string?> ContentAsync(ClientFixture fixture) => fixture.Shop.Prepare(
        "SELECT group_concat(name || ' ' || version, ',' ORDER BY id) FROM products").FirstAsync<string>();

    private static (string Literal, string Type) Literal(SqlValue value) => value.Kind switch
    {
        SqlValueKind.Null => ("NULL", "null"),
        SqlValueKind.Integer when value == long.MinValue => ("(-9223372036854775807 - 1)", "integer"),
        SqlValueKind.Integer => (value.ToString(), "integer"),
        SqlValueKind.Real => (value.ToString() == "Infinity" ? "9e999" : value.ToString(), "real"),
        SqlValueKind.Text => ($"CAST(x'{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(value.ToString()))}' AS TEXT)", "text"),
        _ => ($"x'{(value == new byte[] { 0, 1, 255 } ? "0001FF" : "")}'", "blob"),
    };

    private sealed class Recorder : IProgress<BulkProgress>
    {
        public List<long> Rows { get; } = [];

        public void Report(BulkProgress value) => Rows.Add(value.Rows);
    }
}
