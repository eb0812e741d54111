using System.Data;
using Dapper;
using Shoal.Client.Ado;
using Shoal.Embedded.Tests.Contract;

namespace Shoal.Embedded.Tests.Ado;

/// <summary>Goal: Dapper works as it is. Method: what its users do, over HTTP and in process.</summary>
public abstract class DapperContract(Func<Task<IClientHost>> start)
{
    static DapperContract()
    {
        SqlMapper.AddTypeMap(typeof(Guid), DbType.Guid, useGetFieldValue: true);
        SqlMapper.AddTypeMap(typeof(DateTime), DbType.DateTime, useGetFieldValue: true);
        SqlMapper.AddTypeMap(typeof(DateTimeOffset), DbType.DateTimeOffset, useGetFieldValue: true);
    }

    public enum Colour
    {
        Red = 1,
        Blue = 2,
    }

    public sealed class Everything
    {
        public long Long { get; set; }

        public int Int { get; set; }

        public double Double { get; set; }

        public decimal Decimal { get; set; }

        public bool Bool { get; set; }

        public DateTime DateTime { get; set; }

        public DateTimeOffset DateTimeOffset { get; set; }

        public Guid Guid { get; set; }

        public byte[]? Bytes { get; set; }

        public Colour Colour { get; set; }

        public string? Text { get; set; }

        public int? Nothing { get; set; }
    }

    public sealed record Product(long Id, string Name, double? Price);

    private sealed class Order
    {
        public long Id { get; set; }

        public Customer? Customer { get; set; }
    }

    private sealed class Customer
    {
        public long Id { get; set; }

        public string Name { get; set; } = "";
    }

    [Fact]
    public async Task Every_type_goes_in_and_comes_back()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        await connection.ExecuteAsync("""
            CREATE TABLE e("Long" INTEGER, "Int" INTEGER, "Double" REAL, "Decimal" TEXT, "Bool" INTEGER, "DateTime" TEXT,
                "DateTimeOffset" TEXT, "Guid" TEXT, "Bytes" BLOB, "Colour" INTEGER, "Text" TEXT, "Nothing" INTEGER)
            """);
        var wanted = new Everything
        {
            Long = long.MaxValue, Int = -7, Double = 10, Decimal = 12.30m, Bool = true,
            DateTime = new DateTime(2026, 11, 21, 8, 0, 0, DateTimeKind.Utc),
            DateTimeOffset = new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.FromHours(2)),
            Guid = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), Bytes = [0, 255], Colour = Colour.Blue, Text = "é 🐟",
        };
        var affected = await connection.ExecuteAsync("""
            INSERT INTO e VALUES (@Long, @Int, @Double, @Decimal, @Bool, @DateTime, @DateTimeOffset, @Guid, @Bytes, @Colour, @Text, @Nothing)
            """, wanted);
        Assert.Equal(1, affected);
        var got = await connection.QuerySingleAsync<Everything>("SELECT * FROM e");
        Assert.Equivalent(wanted, got, strict: true);
        Assert.Equal(DateTimeKind.Utc, got.DateTime.Kind);
        Assert.Equal(1, await connection.QuerySingleAsync<int>(
            "SELECT count(*) FROM e WHERE \"Guid\" = @g AND \"DateTimeOffset\" = @d AND \"Long\" = @l AND \"Colour\" = @c",
            new { g = wanted.Guid, d = wanted.DateTimeOffset, l = wanted.Long, c = Colour.Blue }));

        var row = connection.QuerySingle("SELECT \"Long\", \"Double\", \"Text\", \"Nothing\", \"Bytes\" FROM e");
        Assert.Equal(long.MaxValue, (long)row.Long);
        Assert.Equal(10.0, (double)row.Double);
        Assert.Equal("é 🐟", (string)row.Text);
        Assert.Null(row.Nothing);
        Assert.Equal(new byte[] { 0, 255 }, (byte[])row.Bytes);
    }

    [Fact]
    public async Task Scalars_of_every_type_are_read()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        Assert.Equal(5, connection.ExecuteScalar<int>("SELECT 5"));
        Assert.Equal(5L, await connection.QuerySingleAsync<long>("SELECT 5"));
        Assert.Equal(2.5, await connection.QuerySingleAsync<double>("SELECT 2.5"));
        Assert.Equal(2.5m, await connection.QuerySingleAsync<decimal>("SELECT 2.5"));
        Assert.True(await connection.QuerySingleAsync<bool>("SELECT 1"));
        Assert.Equal(Colour.Red, await connection.QuerySingleAsync<Colour>("SELECT 1"));
        Assert.Null(await connection.QuerySingleAsync<int?>("SELECT NULL"));
        Assert.Equal("x", await connection.QueryFirstOrDefaultAsync<string>("SELECT 'x'"));
        Assert.Null(await connection.QueryFirstOrDefaultAsync<string>("SELECT 'x' WHERE 0"));
        Assert.Equal([1, 2], await connection.QuerySingleAsync<byte[]>("SELECT x'0102'"));
        Assert.Equal(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"),
            await connection.QuerySingleAsync<Guid>("SELECT '0f8fad5b-d9cb-469f-a165-70867728950e'"));
        Assert.Equal(new DateTime(2026, 11, 21, 8, 0, 0), await connection.QuerySingleAsync<DateTime>("SELECT '2026-11-21 08:00:00'"));
    }

    [Fact]
    public async Task Rows_lists_and_parameters_of_all_sorts_work()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        connection.Execute("CREATE TABLE products(id INTEGER PRIMARY KEY, name TEXT, price REAL)");
        Product[] all = [new(1, "net", 9.5), new(2, "rod", null), new(3, "reel", 10)];
        Assert.Equal(3, connection.Execute("INSERT INTO products VALUES (@Id, @Name, @Price)", all));
        Assert.Equal(all, connection.Query<Product>("SELECT id, name, price FROM products ORDER BY id"));
        Assert.Equal(all, connection.Query<Product>("SELECT id, name, price FROM products ORDER BY id", buffered: false).ToArray());
        Assert.Equal(all, await connection.QueryUnbufferedAsync<Product>("SELECT id, name, price FROM products ORDER BY id").ToListAsync());
        Assert.Equal([1L, 3L], connection.Query<long>("SELECT id FROM products WHERE id IN @ids ORDER BY id", new { ids = new[] { 1, 3, 9 } }));
        Assert.Empty(connection.Query<long>("SELECT id FROM products WHERE id IN @ids", new { ids = Array.Empty<int>() }));
        var dynamic = new DynamicParameters();
        dynamic.Add("@low", 2);
        dynamic.Add("high", 3, DbType.Int32);
        Assert.Equal(2, await connection.ExecuteScalarAsync<int>("SELECT count(*) FROM products WHERE id BETWEEN @low AND :high", dynamic));
        Assert.Equal(1, connection.Execute("UPDATE products SET price = $price WHERE name = $name", new { price = 1.25m, name = "rod" }));
        Assert.Equal(1.25, connection.ExecuteScalar<double>("SELECT price FROM products WHERE id = ?id?", new { id = 2 }));
    }

    [Fact]
    public async Task Several_objects_of_a_row_and_several_results_are_mapped()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        await connection.ExecuteAsync("""
            CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INTEGER);
            INSERT INTO customers VALUES (1, 'Ada'); INSERT INTO orders VALUES (10, 1), (11, 1);
            """);
        var orders = await connection.QueryAsync<Order, Customer, Order>(
            "SELECT o.id, c.id, c.name FROM orders o JOIN customers c ON c.id = o.customer ORDER BY o.id",
            (order, customer) =>
            {
                order.Customer = customer;
                return order;
            });
        Assert.Equal([(10L, "Ada"), (11L, "Ada")], orders.Select(order => (order.Id, order.Customer!.Name)));

        await using var several = await connection.QueryMultipleAsync(
            "SELECT * FROM customers WHERE id = @id; SELECT count(*) FROM orders WHERE customer = @id; SELECT 1 WHERE 0", new { id = 1 });
        Assert.Equal("Ada", (await several.ReadSingleAsync<Customer>()).Name);
        Assert.Equal(2, await several.ReadSingleAsync<int>());
        Assert.Empty(await several.ReadAsync<int>());
    }

    [Fact]
    public async Task Transactions_are_passed_on()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        await connection.ExecuteAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("INSERT INTO t VALUES (@a)", new[] { new { a = 1 }, new { a = 2 } }, transaction);
            await transaction.CommitAsync();
        }

        Assert.Equal(2, await connection.ExecuteScalarAsync<int>("SELECT count(*) FROM t"));
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("DELETE FROM t", transaction: transaction);
        }

        Assert.Equal(2, await connection.ExecuteScalarAsync<int>("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_closed_connection_is_opened_and_closed_around_each_call()
    {
        await using var host = await start();
        await using var connection = new ShoalConnection(host.ConnectionString("fresh") + ";Create If Missing=true");
        Assert.Equal(1, await connection.QuerySingleAsync<int>("SELECT 1"));
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    private static async Task<ShoalConnection> OpenAsync(IClientHost host)
    {
        var connection = new ShoalConnection(host.Shop);
        await connection.OpenAsync();
        return connection;
    }
}
