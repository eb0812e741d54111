using System.Data;
using System.Data.Common;
using Shoal.Client.Ado;
using Shoal.Embedded.Tests.Contract;

namespace Shoal.Embedded.Tests.Ado;

/// <summary>Goal: the provider does what ADO.NET says, over HTTP and in process. Method: one suite, through the base classes.</summary>
public abstract class AdoContract(Func<Task<IClientHost>> start)
{
    private const string AllTypes = """
        SELECT 42 AS i, 1.5 AS r, 'text' AS t, x'010203' AS b, NULL AS n, '12.34' AS d,
            '0f8fad5b-d9cb-469f-a165-70867728950e' AS g, '2026-11-21T08:00:00.0000000Z' AS u, '2026-11-21 08:00:00' AS l, 'x' AS c
        """;

    [Fact]
    public async Task Every_getter_gives_its_type_and_refuses_what_is_none()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        await using var reader = await Command(connection, AllTypes).ExecuteReaderAsync();
        Assert.Throws<InvalidOperationException>(() => reader.GetValue(0));
        Assert.True(reader.HasRows);
        Assert.True(await reader.ReadAsync());
        Assert.Equal(10, reader.FieldCount);
        Assert.Equal((42L, 42, (short)42, (byte)42, true, 42.0, 42m),
            (reader.GetInt64(0), reader.GetInt32(0), reader.GetInt16(0), reader.GetByte(0), reader.GetBoolean(0), reader.GetDouble(0), reader.GetDecimal(0)));
        Assert.Equal((1.5, 1.5f, 1.5m), (reader.GetDouble(1), reader.GetFloat(1), reader.GetDecimal(1)));
        Assert.Equal("text", reader.GetString(2));
        Assert.Equal("text", reader.GetTextReader(2).ReadToEnd());
        Assert.Equal((12.34m, 'x'), (reader.GetDecimal(5), reader.GetChar(9)));
        Assert.Equal(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), reader.GetGuid(6));
        var instant = new DateTime(2026, 11, 21, 8, 0, 0, DateTimeKind.Utc);
        Assert.Equal((instant, DateTimeKind.Utc), (reader.GetDateTime(7), reader.GetDateTime(7).Kind));
        Assert.Equal((instant, DateTimeKind.Unspecified), (reader.GetDateTime(8), reader.GetDateTime(8).Kind));
        Assert.Equal(new DateTimeOffset(instant), reader.GetFieldValue<DateTimeOffset>(7));
        Assert.Equal(new DateOnly(2026, 11, 21), reader.GetFieldValue<DateOnly>(8));
        Assert.Equal((DayOfWeek)42, reader.GetFieldValue<DayOfWeek>(0));
        Assert.Equal((42, null), (reader.GetFieldValue<int?>(0), reader.GetFieldValue<int?>(4)));
        Assert.Equal([1, 2, 3], reader.GetFieldValue<byte[]>(3));
        var part = new byte[2];
        Assert.Equal((3L, 2L), (reader.GetBytes(3, 0, null, 0, 0), reader.GetBytes(3, 1, part, 0, 2)));
        Assert.Equal([2, 3], part);
        var letters = new char[3];
        Assert.Equal((4L, 2L), (reader.GetChars(2, 0, null, 0, 0), reader.GetChars(2, 2, letters, 1, 9 - 7)));
        Assert.Equal("\0xt", new string(letters));
        using var stream = reader.GetStream(3);
        Assert.Equal(3, stream.Length);
        Assert.True(reader.IsDBNull(4));
        Assert.Equal(DBNull.Value, reader["n"]);
        Assert.Equal((42L, 2), (reader["I"], reader.GetOrdinal("t")));
        Assert.Throws<InvalidCastException>(() => reader.GetInt64(4));
        Assert.Throws<InvalidCastException>(() => reader.GetInt64(2));
        Assert.Throws<InvalidCastException>(() => reader.GetString(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetOrdinal("nothing"));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetName(10));
        Assert.False(await reader.ReadAsync());
        Assert.False(await reader.NextResultAsync());
        Assert.Equal(0, reader.FieldCount);
        await reader.CloseAsync();
        Assert.Throws<InvalidOperationException>(() => reader.Read());
    }

    [Fact]
    public async Task The_schema_of_a_result_comes_from_its_values()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        await using var reader = await Command(connection,
            "SELECT 1 AS i, 1 AS r, 'a' AS t, x'00' AS b, NULL AS n, 1 AS m UNION ALL SELECT 2, 2.5, 'b', NULL, NULL, 'x'").ExecuteReaderAsync();
        Type[] types = [typeof(long), typeof(double), typeof(string), typeof(byte[]), typeof(object), typeof(object)];
        Assert.Equal(types, Enumerable.Range(0, 6).Select(reader.GetFieldType));
        Assert.Equal(["INTEGER", "REAL", "TEXT", "BLOB", "", ""], Enumerable.Range(0, 6).Select(reader.GetDataTypeName));
        Assert.Equal(types, (await reader.GetColumnSchemaAsync()).Select(column => column.DataType!));
        var table = (await reader.GetSchemaTableAsync())!;
        Assert.Equal(["i", "r", "t", "b", "n", "m"], table.Rows.Cast<DataRow>().Select(row => (string)row[SchemaTableColumn.ColumnName]));
        Assert.True(reader.Read());
        Assert.IsType<double>(reader.GetValue(1));

        using var loaded = new DataTable();
        loaded.Load(Command(connection, "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL").ExecuteReader());
        Assert.Equal((2, typeof(long), DBNull.Value), (loaded.Rows.Count, loaded.Columns["a"]!.DataType, loaded.Rows[1]["b"]));
    }

    [Fact]
    public async Task A_text_with_several_statements_gives_several_results()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        var command = Command(connection, """
            CREATE TABLE t(a); INSERT INTO t VALUES (@x), (@x + 1);
            SELECT a FROM t ORDER BY a; UPDATE t SET a = a + :y; SELECT sum(a) FROM t; SELECT 1 WHERE 0
            """, ("@x", 10), ("y", 5));
        await using var reader = await command.ExecuteReaderAsync();
        Assert.Equal(4, reader.RecordsAffected);
        Assert.True(reader.Read());
        Assert.Equal(10, reader.GetInt32(0));
        Assert.True(await reader.NextResultAsync());
        Assert.True(reader.Read());
        Assert.Equal(31, reader.GetInt32(0));
        Assert.True(await reader.NextResultAsync());
        Assert.False(reader.HasRows);
        Assert.False(reader.Read());
        Assert.Equal(1, reader.FieldCount);
        Assert.False(await reader.NextResultAsync());
    }

    [Fact]
    public async Task Parameters_of_every_type_and_style_arrive()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        var at = new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.FromHours(2));
        (object? Value, string Expected)[] values =
        [
            (null, "null:"), (DBNull.Value, "null:"), (long.MaxValue, "integer:9223372036854775807"), (1, "integer:1"),
            ((byte)7, "integer:7"), (true, "integer:1"), (DayOfWeek.Friday, "integer:5"), (2.5, "real:2.5"), (1.0f, "real:1.0"),
            (12.30m, "text:12.30"), ("é", "text:é"), ('c', "text:c"), (new byte[] { 65 }, "blob:A"),
            (Guid.Parse("0F8FAD5B-D9CB-469F-A165-70867728950E"), "text:0f8fad5b-d9cb-469f-a165-70867728950e"),
            (at, "text:2026-11-21T08:00:00.0000000Z"), (at.UtcDateTime, "text:2026-11-21T08:00:00.0000000Z"),
            (at.UtcDateTime.ToLocalTime(), "text:2026-11-21T08:00:00.0000000Z"),
            (DateTime.SpecifyKind(at.UtcDateTime, DateTimeKind.Unspecified), "text:2026-11-21T08:00:00.0000000"),
            (new DateOnly(2026, 11, 21), "text:2026-11-21"), (new TimeOnly(8, 0), "text:08:00:00.0000000"),
            (TimeSpan.FromMinutes(90), "text:01:30:00"),
        ];
        foreach (var (value, expected) in values)
        {
            foreach (var sql in (string[])["SELECT typeof(@p) || ':' || coalesce(@p, '')", "SELECT typeof($p) || ':' || coalesce(:P, '')"])
            {
                Assert.Equal(expected, await Command(connection, sql, ("p", value)).ExecuteScalarAsync());
            }

            Assert.Equal(expected, await Command(connection, "SELECT typeof(?1) || ':' || coalesce(?1, '')", ("", value)).ExecuteScalarAsync());
        }

        Assert.Equal("1|2|1", await Command(connection, "SELECT ? || '|' || ? || '|' || ?1", ("", 1), ("", 2)).ExecuteScalarAsync());
        Assert.Throws<NotSupportedException>(() => Command(connection, "SELECT @p", ("p", new object())).ExecuteScalar());
        Assert.Throws<OverflowException>(() => Command(connection, "SELECT @p", ("p", ulong.MaxValue)).ExecuteScalar());
        var missing = Assert.Throws<InvalidOperationException>(() => Command(connection, "SELECT @q", ("p", 1)).ExecuteScalar());
        Assert.Contains("@q", missing.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Command(connection, "SELECT ?").ExecuteScalar());
    }

    [Fact]
    public async Task Commands_tell_how_many_rows_they_changed_and_what_comes_first()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        Assert.Equal(0, Command(connection, "CREATE TABLE t(a INTEGER PRIMARY KEY)").ExecuteNonQuery());
        Assert.Equal(3, await Command(connection, "INSERT INTO t VALUES (1), (2), (3)").ExecuteNonQueryAsync());
        Assert.Equal(-1, await Command(connection, "SELECT * FROM t").ExecuteNonQueryAsync());
        Assert.Null(await Command(connection, "SELECT a FROM t WHERE a = 9").ExecuteScalarAsync());
        Assert.Equal(DBNull.Value, await Command(connection, "SELECT NULL").ExecuteScalarAsync());
        Assert.Equal(4L, Command(connection, "INSERT INTO t VALUES (4) RETURNING a").ExecuteScalar());
    }

    [Fact]
    public async Task Failures_are_DbExceptions_that_say_more()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        Command(connection, "CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)").ExecuteNonQuery();
        var error = await Assert.ThrowsAsync<ShoalDbException>(
            () => Command(connection, "INSERT INTO t VALUES (2); INSERT INTO t VALUES (1)").ExecuteNonQueryAsync());
        Assert.Equal((ShoalErrorKind.Constraint, 7500, 1, false),
            (error.Kind, error.ErrorCode, error.Error.StatementIndex, error.IsTransient));
        Assert.Equal(1L, Command(connection, "SELECT count(*) FROM t").ExecuteScalar());
        Assert.Throws<InvalidOperationException>(() => new ShoalCommand { CommandText = "SELECT 1" }.ExecuteScalar());
        Assert.Throws<InvalidOperationException>(() => Command(connection, " -- nothing").ExecuteScalar());
        Assert.Throws<InvalidOperationException>(() => Command(new ShoalConnection(), "SELECT 1").ExecuteScalar());
        Assert.Throws<NotSupportedException>(() => new ShoalCommand { CommandType = CommandType.StoredProcedure });
        Assert.Throws<NotSupportedException>(() => new ShoalParameter { Direction = ParameterDirection.Output });
    }

    [Fact]
    public async Task A_batch_is_one_transaction_and_names_the_command_that_failed()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        Command(connection, "CREATE TABLE t(a INTEGER PRIMARY KEY)").ExecuteNonQuery();
        await using DbBatch batch = connection.CreateBatch();
        foreach (var value in (int[])[1, 2])
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = "INSERT INTO t VALUES (@a), (@a + 10)";
            command.Parameters.Add(new ShoalParameter("a", value));
            batch.BatchCommands.Add(command);
        }

        batch.BatchCommands.Add(new ShoalBatchCommand("SELECT count(*) FROM t"));
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            Assert.Equal(4, reader.RecordsAffected);
            Assert.True(reader.Read());
            Assert.Equal(4, reader.GetInt32(0));
        }

        Assert.Equal([2, 2, -1], batch.BatchCommands.Select(command => command.RecordsAffected));
        batch.BatchCommands.RemoveAt(0);
        var error = await Assert.ThrowsAsync<ShoalDbException>(() => batch.ExecuteNonQueryAsync());
        Assert.Same(batch.BatchCommands[0], error.BatchCommand);
    }

    [Fact]
    public async Task A_transaction_is_applied_at_its_commit_or_not_at_all()
    {
        await using var host = await start();
        await using var connection = await OpenAsync(host);
        Command(connection, "CREATE TABLE t(a INTEGER PRIMARY KEY)").ExecuteNonQuery();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await InsertAsync(1, transaction);
            await InsertAsync(2, transaction);
            Assert.Equal(0, await host.Shop.Prepare("SELECT count(*) FROM t").FirstAsync<int>());
            Assert.Throws<InvalidOperationException>(() => Command(connection, "SELECT 1").ExecuteScalar());
            Assert.Throws<InvalidOperationException>(() => connection.BeginTransaction());
            await transaction.CommitAsync();
            Assert.Throws<InvalidOperationException>(transaction.Commit);
        }

        Assert.Equal(2L, Command(connection, "SELECT count(*) FROM t").ExecuteScalar());
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await InsertAsync(3, transaction);
            await transaction.RollbackAsync();
        }

        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await InsertAsync(4, transaction);
        }

        var open = await connection.BeginTransactionAsync();
        await InsertAsync(5, open);
        await connection.CloseAsync();
        await connection.OpenAsync();
        Assert.Equal(2L, Command(connection, "SELECT count(*) FROM t").ExecuteScalar());

        async Task InsertAsync(int value, DbTransaction transaction)
        {
            var insert = Command(connection, "INSERT INTO t VALUES (@a)", ("a", value));
            insert.Transaction = (ShoalTransaction)transaction;
            Assert.Equal(((ShoalTransaction)transaction).IsBuffered ? -1 : 1, await insert.ExecuteNonQueryAsync());
        }
    }

    [Fact]
    public async Task A_connection_by_string_through_the_factory_reaches_the_same_database()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        DbProviderFactory factory = ShoalProviderFactory.Instance;
        await using var connection = factory.CreateConnection()!;
        connection.ConnectionString = host.ConnectionString("shop");
        Assert.Equal((ConnectionState.Closed, "shop"), (connection.State, connection.Database));
        await connection.OpenAsync();
        await using var command = factory.CreateCommand()!;
        command.Connection = connection;
        command.CommandText = "SELECT a FROM t";
        Assert.Equal(1L, await command.ExecuteScalarAsync());
        Assert.Throws<InvalidOperationException>(connection.Open);
        await connection.ChangeDatabaseAsync("none");
        var missing = await Assert.ThrowsAsync<ShoalDbException>(() => command.ExecuteScalarAsync());
        Assert.Equal(ShoalErrorKind.DatabaseNotFound, missing.Kind);

        await using var source = factory.CreateDataSource(host.ConnectionString("other") + ";Create If Missing=true");
        await using var ready = source.CreateCommand("SELECT 5");
        Assert.Equal(5L, await ready.ExecuteScalarAsync());
        await using var given = new ShoalDataSource(host.Shop).OpenConnection();
        Assert.Equal("shop", given.Database);
    }

    [Theory]
    [InlineData("Url=http://localhost;Datbase=x", "datbase")]
    [InlineData("Database=x", "either Url")]
    [InlineData("Url=http://localhost;Data Folder=/tmp/x;Database=x", "either Url")]
    [InlineData("Url=localhost;Database=x", "absolute")]
    [InlineData("Url=http://localhost", "names no Database")]
    [InlineData("Url=http://localhost;Database=x;Timeout=0", "Timeout")]
    [InlineData("Url=http://localhost;Database=x;Target=Oracle", "Target")]
    public void A_connection_string_that_can_not_work_says_why(string text, string why)
    {
        var error = Assert.ThrowsAny<Exception>(() => new ShoalConnection(text).Open());
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    protected static async Task<ShoalConnection> OpenAsync(IClientHost host)
    {
        var connection = new ShoalConnection(host.Shop);
        await connection.OpenAsync();
        return connection;
    }

    protected static ShoalCommand Command(ShoalConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
