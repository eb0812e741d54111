using System.Data;
using System.Text;
using Shoal.Client.Bulk;
using Shoal.Protocol.Csv;

namespace Shoal.Embedded.Tests.Contract;

/// <summary>Goal: what a data reader or a CSV text holds arrives as it was. Method: one suite, over HTTP and in process.</summary>
public abstract class SourceContract(Func<Task<IClientHost>> start)
{
    [Fact]
    public async Task Values_of_a_data_reader_arrive_as_parameters_do()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        using var table = new DataTable();
        table.Columns.Add("ID", typeof(int));
        table.Columns.Add("a", typeof(object));
        object[] values =
        [
            DBNull.Value, true, long.MinValue, 0.5, 12.340m, "日本", new byte[] { 0, 255 }, Guid.Empty,
            new DateTime(2026, 11, 21, 1, 2, 3, DateTimeKind.Utc), new DateOnly(2026, 11, 21),
        ];
        for (var index = 0; index < values.Length; index++)
        {
            table.Rows.Add(index, values[index]);
        }

        using var reader = table.CreateDataReader();
        var report = await host.Shop.InsertManyAsync("t", RowSource.FromReader(reader), new BulkOptions { BatchRowsMax = 3 });

        Assert.Equal((values.Length, values.Length, 4), (report.Rows, report.Applied, report.Requests));
        Assert.Equal(
            [
                "0 null NULL", "1 integer 1", "2 integer -9223372036854775808", "3 real 0.5", "4 text '12.340'", "5 text '日本'",
                "6 blob X'00FF'", "7 text '00000000-0000-0000-0000-000000000000'", "8 text '2026-11-21T01:02:03.0000000Z'",
                "9 text '2026-11-21'",
            ],
            await RowsAsync(host, "SELECT id || ' ' || typeof(a) || ' ' || quote(a) FROM t ORDER BY id"));
    }

    [Fact]
    public async Task A_table_is_copied_from_one_database_to_another_row_by_row_or_by_its_key()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, seen INTEGER DEFAULT 7)");
        await host.Shop.ExecAsync("INSERT INTO t(id, name) VALUES (1, 'old'), (5, 'gone')");
        using var table = new DataTable();
        table.Columns.Add("id", typeof(long));
        table.Columns.Add("name", typeof(string));
        table.Rows.Add(1L, "new");
        table.Rows.Add(2L, "second");

        using (var reader = table.CreateDataReader())
        {
            await host.Shop.UpsertManyAsync("t", ["id"], RowSource.FromReader(reader));
        }

        table.Rows.Clear();
        table.Rows.Add(5L, "");
        using (var reader = table.CreateDataReader())
        {
            await host.Shop.DeleteManyAsync("t", ["ID"], RowSource.FromReader(reader));
        }

        Assert.Equal(["1 new 7", "2 second 7"], await RowsAsync(host, "SELECT id || ' ' || name || ' ' || seen FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Csv_arrives_with_its_numbers_quotes_and_empty_fields()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        var source = await CsvAsync("\uFEFFid;a\r\n1;42\r\n2;\"42\"\r\n3;007\n\n4;\n5;\"\"\n6;\"a\"\"b;\nc\"\n7;-1.5", new CsvOptions { Delimiter = ';' });
        Assert.Equal(["id", "a"], source.Columns);

        var report = await host.Shop.InsertManyAsync("t", source);

        Assert.Equal(7, report.Applied);
        Assert.Equal(
            ["integer 42", "text '42'", "text '007'", "null NULL", "text ''", "text 'a\"b;\nc'", "real -1.5"],
            await RowsAsync(host, "SELECT typeof(a) || ' ' || quote(a) FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Empty_fields_stay_empty_text_when_that_is_asked_for()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        await host.Shop.InsertManyAsync("t", await CsvAsync("id,a\n1,", new CsvOptions { EmptyIsNull = false }));
        Assert.Equal(["text"], await RowsAsync(host, "SELECT typeof(a) FROM t"));
    }

    /// <summary>Goal: records are found wherever reads of the stream end. Method: a stream that gives a byte at a time.</summary>
    [Fact]
    public async Task Csv_that_comes_in_pieces_is_the_same()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        var text = new StringBuilder("id,a\n");
        for (var index = 0; index < 300; index++)
        {
            text.Append(index).Append(index % 3 == 0 ? ",\"line\n\"\"é" : ",plain ").Append(index).Append(index % 3 == 0 ? "\"\r\n" : "\n");
        }

        await using var pieces = new ByteByByteStream(Encoding.UTF8.GetBytes(text.ToString()));
        await host.Shop.InsertManyAsync("t", await RowSource.FromCsvAsync(pieces));
        Assert.Equal(["300 300"], await RowsAsync(host,
            "SELECT count(*) || ' ' || sum(a = CASE WHEN id % 3 = 0 THEN 'line' || char(10) || '\"é' ELSE 'plain ' END || id) FROM t"));
    }

    [Theory]
    [InlineData("", "the CSV file is empty")]
    [InlineData("id,ID\n", "column 2 of the CSV header is empty or repeats another: 'ID'")]
    [InlineData("id,a\n1,2\n3\n", "CSV record 3 has 1 fields; the header has 2")]
    [InlineData("id,a\n1,\"2\n", "CSV record 2 has a quote that is never closed")]
    [InlineData("id,a\n1,\"2\"3\n", "CSV record 2 has text behind a closing quote")]
    public async Task Csv_that_is_none_says_where_and_what_came_before_is_written_whole(string csv, string message)
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        var error = await Assert.ThrowsAsync<CsvException>(async () =>
            await host.Shop.InsertManyAsync("t", await CsvAsync(csv), new BulkOptions { BatchRowsMax = 1 }));
        Assert.Equal(message, error.Message);
        Assert.NotEmpty(error.Hint);
        Assert.Equal([csv.Contains("\n3", StringComparison.Ordinal) ? "1" : "0"], await RowsAsync(host, "SELECT count(*) || '' FROM t"));
    }

    [Fact]
    public async Task What_can_not_be_a_source_is_refused_before_anything_is_sent()
    {
        await using var host = await start();
        var source = await CsvAsync("id,a\n1,2\n");
        var noKey = await Assert.ThrowsAsync<ArgumentException>(() => host.Shop.UpsertManyAsync("t", ["key"], source));
        Assert.StartsWith("the key's column 'key' is not among those that are read: id, a", noKey.Message, StringComparison.Ordinal);

        await host.Shop.ExecAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        await host.Shop.InsertManyAsync("t", source);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Shop.InsertManyAsync("t", source));

        using var table = new DataTable();
        table.Columns.Add("a", typeof(Uri));
        table.Rows.Add(new Uri("http://localhost"));
        using var reader = table.CreateDataReader();
        var odd = await Assert.ThrowsAsync<NotSupportedException>(() => host.Shop.InsertManyAsync("t", RowSource.FromReader(reader)));
        Assert.StartsWith("column 'a': a System.Uri fits no column", odd.Message, StringComparison.Ordinal);
    }

    private static Task<RowSource> CsvAsync(string text, CsvOptions? options = null) =>
        RowSource.FromCsvAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), options);

    private static async Task<IReadOnlyList<string?>> RowsAsync(IClientHost host, string sql) =>
        [.. (await host.Shop.Prepare(sql).RawAsync()).Rows.Select(static row => (string?)row[0])];

    private sealed class ByteByByteStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..1], cancellationToken);
    }
}
