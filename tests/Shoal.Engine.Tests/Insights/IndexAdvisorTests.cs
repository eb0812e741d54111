using Shoal.Engine.Insights;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Tests.Insights;

public sealed class IndexAdvisorTests
{
    [Theory]
    [InlineData("SELECT * FROM orders WHERE customer = ?", "CREATE INDEX idx_orders_customer ON orders(customer)")]
    [InlineData("SELECT * FROM orders AS o WHERE o.customer = ? AND o.total > ?",
        "CREATE INDEX idx_orders_customer_total ON orders(customer, total)")]
    [InlineData("SELECT * FROM orders o WHERE ? = o.customer", "CREATE INDEX idx_orders_customer ON orders(customer)")]
    [InlineData("SELECT * FROM orders WHERE customer = ? ORDER BY placed LIMIT ?",
        "CREATE INDEX idx_orders_customer_placed ON orders(customer, placed)")]
    [InlineData("UPDATE orders SET total = ? WHERE customer = ?", "CREATE INDEX idx_orders_customer ON orders(customer)")]
    [InlineData("DELETE FROM orders WHERE \"order\" IN (?)", "CREATE INDEX idx_orders_order ON orders(\"order\")")]
    [InlineData("SELECT c.name FROM orders AS o JOIN customers AS c ON c.id = o.customer WHERE o.placed = ?",
        "CREATE INDEX idx_orders_placed ON orders(placed)")]
    public void The_index_that_the_plan_then_uses_is_found(string sql, string index)
    {
        using var source = Open(rows: 2_000);
        using var copy = SchemaCopy.Of(source);

        Assert.Equal(index, IndexAdvisor.Find(copy, sql)?.Sql);
    }

    [Theory]
    [InlineData("SELECT * FROM orders")]
    [InlineData("SELECT * FROM orders WHERE id = ?")]
    [InlineData("SELECT * FROM orders WHERE abs(total) = ?")]
    [InlineData("SELECT count(*) FROM orders WHERE customer <> ?")]
    [InlineData("SELECT * FROM nowhere WHERE a = ?")]
    [InlineData("SELECT * FROM orders WHERE customer = ? AND")]
    [InlineData("(import)")]
    [InlineData("")]
    public void What_no_index_helps_gets_none(string sql)
    {
        using var source = Open(rows: 500);
        using var copy = SchemaCopy.Of(source);

        Assert.Null(IndexAdvisor.Find(copy, sql));
    }

    [Fact]
    public void A_large_database_is_tried_by_its_schema_and_statistics()
    {
        using var source = Open(rows: 500);
        source.Execute("ANALYZE; CREATE TABLE filler(a); INSERT INTO filler VALUES (zeroblob(9000000))");
        using var copy = SchemaCopy.Of(source);

        var trial = IndexAdvisor.Find(copy, "SELECT * FROM orders WHERE customer = ?");

        Assert.False(copy.HasRows);
        Assert.Equal("CREATE INDEX idx_orders_customer ON orders(customer)", trial?.Sql);
        Assert.Null(trial?.RowsPerLookUp);
    }

    [Fact]
    public void Trying_changes_nothing_in_the_database()
    {
        using var source = Open(rows: 10);
        using (var copy = SchemaCopy.Of(source))
        {
            Assert.NotNull(copy.WithIndex("trial", "orders", ["customer"], () => "done"));
        }

        Assert.Equal(0, source.QueryInteger("SELECT count(*) FROM sqlite_schema WHERE type = 'index'"));
    }

    [Fact]
    public void Rows_of_a_look_up_are_known_from_the_rows_of_a_small_database()
    {
        using var source = Open(rows: 1_000);
        using var copy = SchemaCopy.Of(source);

        // Every tenth order is of the same customer, so a customer has a hundred.
        Assert.Equal(100, IndexAdvisor.Find(copy, "SELECT * FROM orders WHERE customer = ?")?.RowsPerLookUp);
    }

    private static SqliteConnection Open(int rows)
    {
        Assert.True(SqliteConnection.Open(":memory:", SqliteOpenMode.Create, out var connection).IsSuccess);
        connection!.Execute(
            $"""
            CREATE TABLE customers(id INTEGER PRIMARY KEY, name, country);
            CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INTEGER, placed TEXT, total REAL, "order" TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO orders SELECT i, i % 10, i * 7 % 365, i * 13 % 1000, i FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO customers SELECT i, 'name ' || i, i % 50 FROM n;
            """);
        return connection;
    }
}
