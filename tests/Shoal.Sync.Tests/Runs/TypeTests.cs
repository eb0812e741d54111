using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

[Collection(PostgresCollection.Name)]
public sealed class TypeTests(PostgresCluster cluster)
{
    private const string Values = """
        't', (ARRAY[-32768, 0, 32767])[n]::int2, (ARRAY[-9223372036854775808, 0, 9223372036854775807])[n],
        (ARRAY['NaN', '12345678901234567890.123456789', 'Infinity'])[n]::numeric, (ARRAY['NaN', '0.1', '-Infinity'])[n]::float8,
        n = 1, (ARRAY['-12.34', '1234567.89', '0'])[n]::money, (ARRAY['\x', '\x00ff', NULL])[n]::bytea,
        (ARRAY['infinity', '2026-02-03 04:05:06.7+05', '0044-03-15 BC'])[n]::timestamptz, (ARRAY['infinity', '12026-01-01', '1969-12-31 23:59:59.999999'])[n]::timestamp,
        (ARRAY['2026-01-01', 'infinity', '0001-01-01 BC'])[n]::date, '04:05:06.789+02'::timetz, (ARRAY['1 mon -2 days 03:04:05.6', '0', '-1 year'])[n]::interval,
        ('{"n": 1234567890123456789012345678901234567890, "s": "' || repeat('é', n) || '"}')::jsonb, ARRAY[[n, NULL], [3, 4]], ARRAY['a,b', 'NULL', NULL, E'q"\\\n'],
        '10.0.0.0/8'::cidr, int4range(1, n + 5), E'tab\tline\nreturn\rback\\slash \\N'
        """;

    [Fact]
    public async Task A_value_is_stored_alike_whichever_way_it_came()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, $"""
            CREATE TABLE torture(id int4, tenant text, i2 int2, i8 int8, n numeric, f float8, b bool, m money, by bytea, tz timestamptz,
              ts timestamp, d date, tt timetz, iv interval, j jsonb, ai int4[], at text[], c cidr, r int4range, tx text, PRIMARY KEY(tenant, id));
            INSERT INTO torture SELECT n, {Values} FROM generate_series(1, 3) n;
            """, """{"table": "torture", "route": {"column": "tenant"}}""");
        await sync.StartAsync();
        await sync.ExecuteAsync($"INSERT INTO torture SELECT n + 3, {Values} FROM generate_series(1, 3) n");
        await sync.CaughtUpAsync();
        var rows = (await sync.RowsAsync("t", "SELECT * FROM torture ORDER BY id")).Select(static row => row[2..]).ToList();
        Assert.Equal(6, rows.Count);
        Assert.Equal(rows[..3], rows[3..]);
        var second = await sync.RowsAsync("t", "SELECT i2, i8, n, f, b, m, by, tz, ts, d, iv, ai, at, r FROM torture WHERE id = 5");
        Assert.Equal(["""0|0|12345678901234567890.123456789|0.1|0|1234567.89|00ff|2026-02-02T23:05:06.700000Z|12026-01-01T00:00:00.000000|"""
            + """infinity|PT0S|[[2,null],[3,4]]|["a,b","NULL",null,"q\"\\\n"]|[1,7)"""], second);
        Assert.Equal(["-9223372036854775808|NaN|NULL|-12.34|infinity|P1M-2DT3H4M5.6S"],
            await sync.RowsAsync("t", "SELECT i8, n, f, m, tz, iv FROM torture WHERE id = 1"));
    }
}
