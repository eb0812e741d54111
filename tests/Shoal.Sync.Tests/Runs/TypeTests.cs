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

    [Fact]
    public async Task Every_other_type_is_the_text_that_PostgreSQL_prints()
    {
        const string Others = """
            '00112233-4455-6677-8899-AABBCCDDEEFF'::uuid, 'bad'::mood, 'd'::short, ROW(1, 'a,b c')::pair, '<a>1</a>'::xml, '10.0.0.1/8'::inet,
            '08:00:2b:01:02:03'::macaddr, 'fat cat'::tsvector, B'1010'::bit(4), '16/B374D848'::pg_lsn, 'ab'::char(5), 'Case'::citext,
            'a=>1, b=>NULL'::hstore, '{[1,3), [5,7)}'::int4multirange, '(1.5,-2)'::point, '{"b": 1, "a":  2}'::json, '23:59:59.999999'::time,
            4294967295::oid, '1e-37'::float4, ARRAY['good', NULL]::mood[], '{}'::int4[], ARRAY[ROW(1, 'x')::pair], '[1,2]'::int8range
            """;
        await using var sync = await SyncFixture.CreateAsync(cluster, $"""
            CREATE EXTENSION citext; CREATE EXTENSION hstore;
            CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN short AS varchar(9); CREATE TYPE pair AS (i int, t text);
            CREATE TABLE torture(tenant text, id int4, u uuid, e mood, d short, c pair, x xml, i inet, m macaddr, ts tsvector, b bit(4), l pg_lsn,
              ch char(5), ci citext, h hstore, mr int4multirange, p point, j json, t time, o oid, f float4, ae mood[], ai int4[], ac pair[], r int8range,
              PRIMARY KEY(tenant, id));
            INSERT INTO torture SELECT 't', 1, {Others};
            """, """{"table": "torture", "route": {"column": "tenant"}}""");
        await sync.StartAsync();
        await sync.ExecuteAsync($"INSERT INTO torture SELECT 't', 2, {Others}");
        await sync.CaughtUpAsync();
        var rows = (await sync.RowsAsync("t", "SELECT * FROM torture ORDER BY id")).Select(static row => row[4..]).ToList();
        Assert.Equal(["""00112233-4455-6677-8899-aabbccddeeff|bad|d|(1,"a,b c")|<a>1</a>|10.0.0.1/8|08:00:2b:01:02:03|'cat' 'fat'|1010|"""
            + """16/B374D848|ab   |Case|"a"=>"1", "b"=>NULL|{[1,3),[5,7)}|(1.5,-2)|{"b": 1, "a":  2}|23:59:59.999999|4294967295|1E-37|"""
            + """["good",null]|[]|["(1,x)"]|[1,3)"""], rows.Distinct());
        Assert.Equal(2, rows.Count);
    }

    [Fact]
    public async Task Every_option_holds_the_ends_of_its_range_and_puts_aside_what_lies_beyond()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, """
            CREATE TABLE torture(tenant text, id int4, cents numeric, r numeric, sec timestamptz, ms timestamptz, us timestamp, day date, pg int4[], secret text DEFAULT 's', PRIMARY KEY(tenant, id));
            INSERT INTO torture(tenant, id, cents, r, sec, ms, us, day, pg) VALUES
              ('t', 1, -92233720368547758.08, '1e308', 'infinity', '1969-12-31 23:59:59.9999Z', '0044-03-15 BC', '0001-01-01 BC', '{{1,2},{3,NULL}}'),
              ('t', 2, 92233720368547758.07, 0.1, '1970-01-01Z', '12026-01-01Z', '1970-01-01 00:00:00.000001', '-infinity', '{}'),
              ('t', 3, 92233720368547758.08, 0, NULL, NULL, NULL, NULL, NULL), ('t', 4, 0.001, 0, NULL, NULL, NULL, NULL, NULL), ('t', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
            """, """
            {"table": "torture", "route": {"column": "tenant"}, "columns": {"cents": "integerScaled:2", "r": "real", "sec": "unixSec", "ms": "unixMs",
              "us": "unixUs", "day": "days", "pg": "pgText", "secret": "exclude"}}
            """);
        await sync.StartAsync();
        await sync.ExecuteAsync("INSERT INTO torture(tenant, id, cents, r, sec, ms, us, day, pg) SELECT tenant, id + 10, cents, r, sec, ms, us, day, pg FROM torture");
        await sync.CaughtUpAsync();
        foreach (var from in (int[])[0, 10])
        {
            Assert.Equal([$"t|{from + 1}|-9223372036854775808|1E+308|9223372036854775807|-1|-63517824000000000|-719528|{{{{1,2}},{{3,NULL}}}}",
                $"t|{from + 2}|9223372036854775807|0.1|0|317336745600000|1|-9223372036854775808|{{}}",
                $"t|{from + 5}|NULL|NULL|NULL|NULL|NULL|NULL|NULL"],
                await sync.RowsAsync("t", $"SELECT * FROM torture WHERE id BETWEEN {from} AND {from + 9} ORDER BY id"));
        }

        Assert.Equal(["t,3", "t,4"], (await sync.Store.ListDeadLettersAsync(10, default)).Select(static one => one.Key)
            .Where(static key => key.StartsWith("t,", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }
}
