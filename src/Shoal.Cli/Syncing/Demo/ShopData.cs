using System.Globalization;

namespace Shoal.Cli.Syncing.Demo;

/// <summary>A shop that many tenants share: its tables, its first rows, and what happens in it. All by SQL, for PostgreSQL.</summary>
internal static class ShopData
{
    /// <summary>The configuration of the sync; PG_URL is the connection.</summary>
    public const string Configuration = """
        {
          "sources": [{
            "name": "shop",
            "connection": "${PG_URL}",
            "tenants": { "from": "SELECT id::text FROM tenants", "database": "shop-{tenant}" },
            "tables": [
              { "table": "public.products", "route": { "column": "tenant_id" },
                "columns": { "price": "integerScaled:2", "updated_at": "unixMs" },
                "indexes": { "products_by_category": "category, name" } },
              { "table": "public.feature_flags", "route": { "column": "tenant_id" } },
              { "table": "public.orders", "route": { "column": "tenant_id" }, "columns": { "placed_at": "unixMs" } },
              { "table": "public.order_items", "route": { "via": "public.orders", "on": "order_id = id", "column": "tenant_id" },
                "columns": { "price": "integerScaled:2" } },
              { "table": "public.countries", "route": "broadcast" }
            ]
          }]
        }
        """;

    private const string Tables = """
        CREATE TABLE tenants(id int4 PRIMARY KEY, name text NOT NULL);
        CREATE TABLE countries(code text PRIMARY KEY, name text NOT NULL);
        CREATE TABLE products(id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id int4 NOT NULL REFERENCES tenants,
          category text NOT NULL, name text NOT NULL, description text NOT NULL, price numeric(12,2) NOT NULL, stock int4 NOT NULL,
          updated_at timestamptz NOT NULL DEFAULT now());
        CREATE UNIQUE INDEX products_sync ON products(tenant_id, id);
        ALTER TABLE products REPLICA IDENTITY USING INDEX products_sync;
        CREATE TABLE feature_flags(tenant_id int4 REFERENCES tenants, name text, enabled bool NOT NULL, PRIMARY KEY(tenant_id, name));
        CREATE TABLE orders(id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id int4 NOT NULL REFERENCES tenants,
          status text NOT NULL DEFAULT 'new', placed_at timestamptz NOT NULL DEFAULT now());
        CREATE UNIQUE INDEX orders_sync ON orders(tenant_id, id);
        ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_sync;
        CREATE TABLE order_items(order_id int8 REFERENCES orders ON DELETE CASCADE, line int4, product_id int8 NOT NULL,
          quantity int4 NOT NULL, price numeric(12,2) NOT NULL, PRIMARY KEY(order_id, line));
        """;

    /// <summary>Tables and first rows.</summary>
    public static string Create(int tenants, int products) => Tables + string.Create(CultureInfo.InvariantCulture, $"""

        INSERT INTO tenants SELECT i, 'Shop ' || i FROM generate_series(1, {tenants}) i;
        INSERT INTO countries VALUES ('at', 'Austria'), ('ch', 'Switzerland'), ('de', 'Germany'), ('fr', 'France'), ('nl', 'Netherlands');
        INSERT INTO products(tenant_id, category, name, description, price, stock) SELECT 1 + i % {tenants},
          (ARRAY['books', 'games', 'garden', 'kitchen', 'music'])[1 + i % 5], 'Product ' || i,
          repeat('A thing for every day. ', 1 + i % 8), 1 + (i * 37) % 10000 / 100.0, i % 500
          FROM generate_series(1, {tenants * products}) i;
        INSERT INTO feature_flags SELECT t.id, f.flag, (t.id + length(f.flag)) % 2 = 0
          FROM tenants t, unnest(ARRAY['new_checkout', 'dark_mode', 'reviews', 'gift_cards']) f(flag);
        INSERT INTO orders(tenant_id) SELECT 1 + i % {tenants} FROM generate_series(1, {tenants * products / 10}) i;
        INSERT INTO order_items SELECT o.id, line, 1 + (o.id * 7 + line) % {tenants * products}, 1 + line % 3, line * 4.99
          FROM orders o, generate_series(1, 3) line;
        """);

    /// <summary>One transaction each; they are done in turn.</summary>
    public static string[] Changes(int tenants, int products)
    {
        var anyTenant = string.Create(CultureInfo.InvariantCulture, $"(SELECT 1 + floor(random() * {tenants})::int4)");
        var anyProduct = string.Create(CultureInfo.InvariantCulture, $"(SELECT 1 + floor(random() * {tenants * products})::int8)");
        var place = $"""
            WITH placed AS (INSERT INTO orders(tenant_id) VALUES ({anyTenant}) RETURNING id)
            INSERT INTO order_items SELECT id, line, {anyProduct}, line, line * 9.99 FROM placed, generate_series(1, 3) line
            """;
        var price = "UPDATE products SET price = round(price * (0.9 + random() * 0.2)::numeric, 2) + 0.01, updated_at = now() "
            + $"WHERE id = {anyProduct}";
        var stock = $"UPDATE products SET stock = stock + 1, updated_at = now() WHERE id = {anyProduct}";
        const string Ship = "UPDATE orders SET status = 'shipped' WHERE id = (SELECT id FROM orders ORDER BY id DESC LIMIT 1 OFFSET 50)";
        const string Cancel = "DELETE FROM orders WHERE id = (SELECT min(id) FROM orders)";
        var flag = $"UPDATE feature_flags SET enabled = NOT enabled WHERE name = 'reviews' AND tenant_id = {anyTenant}";
        var move = $"UPDATE products SET tenant_id = {anyTenant} WHERE id = {anyProduct}";
        return [place, price, stock, price, Ship, stock, flag, place, price, stock, Cancel, price, move, stock];
    }
}
