using Shoal.Client.Bulk;

namespace Shoal.Embedded.Tests.Contract;

/// <summary>Goal: bulk writes do the same over HTTP and in process. Method: one suite, run on both.</summary>
public abstract class BulkContract(Func<Task<IClientHost>> start)
{
    private static readonly TableMap<Product> Products = new TableMap<Product>("products")
        .Key("id", product => product.Id).Column("name", product => product.Name).Column("price", product => product.Price);

    private sealed record Product(long Id, string? Name, double Price = 1.5);

    [Fact]
    public async Task All_rows_arrive_in_few_batches()
    {
        await using var host = await PreparedAsync();
        var report = await host.Shop.InsertManyAsync(Products, Rows(25_000), new BulkOptions { BatchRowsMax = 10_000 });
        Assert.Equal((25_000, 25_000, 0, 3), (report.Rows, report.Applied, report.Rejected, report.Requests));
        Assert.Equal("25000|312487500|37500.0|25000", await host.Shop.Prepare(
            "SELECT count(*) || '|' || sum(id) || '|' || sum(price) || '|' || count(DISTINCT name) FROM products").FirstAsync<string>());
        Assert.InRange(report.RowsWritten, 25_000, 25_010);
    }

    [Fact]
    public async Task Every_value_arrives_as_itself_whatever_stands_beside_it()
    {
        await using var host = await PreparedAsync();
        await host.Shop.ExecAsync("CREATE TABLE v(id INTEGER PRIMARY KEY, a)");
        SqlValue[] values =
        [
            SqlValue.Null, 0, -1, (1L << 53) + 1, long.MinValue, 0.1, 1.0, -2.5e300, double.PositiveInfinity, "", "q\"u\\o\te",
            "日本 🐟 \u0001\u001f\u007f", new string('é', 50_000), new string('x', 200_000), "a\0b", new byte[] { 0, 1, 255 },
            Array.Empty<byte>(), true,
        ];
        var map = new TableMap<int>("v").Key("id", index => index).Column("a", index => values[index % values.Length]);
        await host.Shop.InsertManyAsync(map, Enumerable.Range(0, values.Length * 3), new BulkOptions { BatchRowsMax = 7 });
        var got = await host.Shop.Prepare("SELECT id, a, typeof(a) FROM v ORDER BY id").RawAsync();
        for (var index = 0; index < values.Length * 3; index++)
        {
            var wanted = values[index % values.Length];
            Assert.Equal(wanted.Kind.ToString().ToLowerInvariant(), got.Rows[index][2]);
            SqlValue actual = got.Rows[index][1] switch
            {
                long integer => integer,
                double real => real,
                string text => text,
                byte[] blob => blob,
                _ => SqlValue.Null,
            };
            Assert.Equal(wanted, actual);
        }
    }

    [Fact]
    public async Task Rows_at_fault_are_found_by_halving_and_told_with_index_key_and_reason()
    {
        await using var host = await PreparedAsync();
        var report = await host.Shop.InsertManyAsync(Products,
            Rows(1_000).Select(row => row.Id is 7 or 500 or 501 ? row with { Name = "bad" } : row.Id == 999 ? row with { Id = 3 } : row),
            new BulkOptions { Atomicity = Atomicity.PerRow, RejectedMax = int.MaxValue, BatchRowsMax = 400 });
        Assert.Equal((1_000, 996, 4), (report.Rows, report.Applied, report.Rejected));
        Assert.Equal([7, 500, 501, 999], report.Failures.Select(failure => failure.Index));
        Assert.Equal([7L, 500L, 501L, 3L], report.Failures.Select(failure => failure.Key[0]));
        Assert.Contains("CHECK constraint failed", report.Failures[0].Error.Reason, StringComparison.Ordinal);
        Assert.Equal(996, await CountAsync(host));
    }

    [Fact]
    public async Task All_or_nothing_leaves_nothing_of_a_write_with_a_refused_row()
    {
        await using var host = await PreparedAsync();
        var options = new BulkOptions { Atomicity = Atomicity.AllOrNothing, BatchRowsMax = 10 };
        var error = await Assert.ThrowsAsync<BulkWriteException>(() => host.Shop.InsertManyAsync(
            Products, Rows(5_000).Append(new Product(0, "again")), options));
        Assert.Equal((0, 5_001), (error.Report.Applied, error.Report.Rejected));
        Assert.Equal(0, await CountAsync(host));
        Assert.Equal((5_000, 1), await host.Shop.InsertManyAsync(Products, Rows(5_000), options) is var report
            ? (report.Applied, report.Requests) : default);
    }

    [Fact]
    public async Task Keys_that_are_there_are_treated_as_the_mode_says()
    {
        await using var host = await PreparedAsync();
        await host.Shop.InsertManyAsync(Products, Rows(3));
        await host.Shop.UpsertManyAsync(Products, [new Product(1, "one"), new Product(5, "five")]);
        await host.Shop.WriteManyAsync(Products, [new Product(2, "ignored")], WriteMode.Ignore);
        await host.Shop.DeleteManyAsync(Products, [new Product(0, null)]);
        Assert.Equal("one,product 2,five", await host.Shop.Prepare("SELECT group_concat(name ORDER BY id) FROM products").FirstAsync<string>());
    }

    [Fact]
    public async Task An_import_that_broke_off_goes_on_where_it_was()
    {
        await using var host = await PreparedAsync();
        var options = new BulkOptions { ResumeName = "catalogue 2026", BatchRowsMax = 100 };
        await Assert.ThrowsAsync<InvalidDataException>(() => host.Shop.InsertManyAsync(Products, BreaksOffAsync(450), options));
        Assert.Equal(400, await CountAsync(host));
        var report = await host.Shop.InsertManyAsync(Products, Rows(1_000), options);
        Assert.Equal((1_000, 400, 600), (report.Rows, report.Skipped, report.Applied));
        Assert.Equal(1_000, await CountAsync(host));
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

    private static async Task<long> CountAsync(IClientHost host) =>
        await host.Shop.Prepare("SELECT count(*) FROM products").FirstAsync<long>();

    private async Task<IClientHost> PreparedAsync()
    {
        var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE products(id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (name <> 'bad'), price REAL)");
        return host;
    }
}
