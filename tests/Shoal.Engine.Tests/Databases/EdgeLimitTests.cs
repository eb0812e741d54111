using System.Globalization;
using System.Text;
using Shoal.Engine.Requests;

namespace Shoal.Engine.Tests.Databases;

/// <summary>Each of D1's limits on a statement, exactly at it and one beyond. Source: D1's limits page.</summary>
public sealed class EdgeLimitTests
{
    /// <summary>What is counted, the limit, how a statement with that many looks, and the error of one more.</summary>
    public static TheoryData<string, int, Func<int, string>, string> Limits => new()
    {
        { "bytes of a statement", 100_000, count => $"SELECT '{new string('x', count - 9)}'", "statement too long: SQLITE_TOOBIG" },
        {
            "bytes of a statement with characters of more than one", 100_000,
            count => $"SELECT '{new string('é', (count - 10) / 2)}{new string('x', count % 2)}' ",
            "statement too long: SQLITE_TOOBIG"
        },
        { "columns of a table", 100, count => $"CREATE TABLE w{count}({List(count, "c")})", "too many columns on w101: SQLITE_ERROR" },
        { "columns of a result", 100, count => $"SELECT {List(count, "1 AS c")}", "too many columns in result set: SQLITE_ERROR" },
        { "bytes of a string", 2_000_000, count => $"SELECT length(hex(zeroblob(500000)) || hex(zeroblob({(count - 1_000_000) / 2})) || substr('x', 1, {count % 2}))", "string or blob too big: SQLITE_TOOBIG" },
        { "bytes of a blob", 2_000_000, count => $"SELECT length(zeroblob({count}))", "string or blob too big: SQLITE_TOOBIG" },
        { "bytes of a LIKE pattern", 50, count => $"SELECT 'x' LIKE '{new string('%', count)}'", "LIKE or GLOB pattern too complex: SQLITE_ERROR" },
        { "bytes of a GLOB pattern", 50, count => $"SELECT 'x' GLOB '{new string('*', count)}'", "LIKE or GLOB pattern too complex: SQLITE_ERROR" },
        { "terms of a compound SELECT", 5, count => string.Join(" UNION ALL ", Enumerable.Repeat("SELECT 1", count)), "too many terms in compound SELECT: SQLITE_ERROR" },
        { "depth of an expression", 100, count => "SELECT " + string.Join('+', Enumerable.Repeat("1", count)), "Expression tree is too large (maximum depth 100): SQLITE_ERROR" },
        { "arguments of a function", 127, count => $"SELECT max({List(count, "")})", "too many arguments on function max at offset 7: SQLITE_ERROR" },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task A_statement_may_reach_the_limit_and_not_pass_it(
        string what, int limit, Func<int, string> statement, string error)
    {
        await using var fixture = await EngineFixture.StartAsync();

        var at = await Record.ExceptionAsync(() => RunAsync(fixture, statement(limit)));
        var beyond = await Record.ExceptionAsync(() => RunAsync(fixture, statement(limit + 1)));

        Assert.Equal((what, null), (what, at?.Message));
        Assert.Equal((what, error), (what, beyond?.Message));
    }

    [Theory]
    [InlineData(100, null)]
    [InlineData(101, "too many SQL variables at offset")]
    public async Task A_statement_takes_a_hundred_parameters(int count, string? error)
    {
        await using var fixture = await EngineFixture.StartAsync();
        var sql = $"SELECT {string.Join(" + ", Enumerable.Repeat("?", 50))}, {string.Join(" + ", Enumerable.Repeat("?", count - 50))}";

        var refusal = await Record.ExceptionAsync(() => RunAsync(
            fixture, sql, [.. Enumerable.Repeat(SqlValue.Integer(1), count)]));

        if (error is null)
        {
            Assert.Null(refusal);
        }
        else
        {
            Assert.StartsWith(error, refusal?.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("?100", null)]
    [InlineData("?101", "variable number must be between ?1 and ?100 at offset 7: SQLITE_ERROR")]
    public async Task A_numbered_parameter_counts_as_all_up_to_it(string parameter, string? error)
    {
        await using var fixture = await EngineFixture.StartAsync();
        var values = Enumerable.Repeat(SqlValue.Integer(1), parameter == "?100" ? 100 : 101).ToArray();

        var refusal = await Record.ExceptionAsync(() => RunAsync(fixture, "SELECT " + parameter, values));

        Assert.Equal(error, refusal?.Message);
    }

    [Theory]
    [InlineData(2_000_000, true)]
    [InlineData(2_000_001, false)]
    public async Task A_parameter_may_have_two_million_bytes(int bytes, bool fits)
    {
        await using var fixture = await EngineFixture.StartAsync();

        var text = await Record.ExceptionAsync(() => RunAsync(
            fixture, "SELECT length(?)", SqlValue.Text(Encoding.ASCII.GetBytes(new string('x', bytes)))));
        var blob = await Record.ExceptionAsync(() => RunAsync(fixture, "SELECT length(?)", SqlValue.Blob(new byte[bytes])));

        Assert.Equal(fits ? null : "string or blob too big: SQLITE_TOOBIG", text?.Message);
        Assert.Equal(fits ? null : "string or blob too big: SQLITE_TOOBIG", blob?.Message);
    }

    [Theory]
    [InlineData(1_999_990, true)]
    [InlineData(2_000_000, false)]
    public async Task A_row_may_have_two_million_bytes_with_its_header(int bytes, bool fits)
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a, b)");

        var error = await Record.ExceptionAsync(() => RunAsync(
            fixture, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO t VALUES (zeroblob({bytes - 10}), zeroblob(10))")));

        Assert.Equal(fits ? null : "string or blob too big: SQLITE_TOOBIG", error?.Message);
    }

    [Theory]
    [InlineData(10, null)]
    [InlineData(11, "too many levels of trigger recursion: SQLITE_ERROR")]
    public async Task Triggers_fire_triggers_ten_levels_deep(int levels, string? error)
    {
        await using var fixture = await EngineFixture.StartAsync();
        var schema = new StringBuilder("CREATE TABLE t0(a);");
        for (var level = 1; level <= levels; level++)
        {
            schema.Append(CultureInfo.InvariantCulture, $"CREATE TABLE t{level}(a); CREATE TRIGGER g{level} AFTER INSERT ON ")
                .Append(CultureInfo.InvariantCulture, $"t{level - 1} BEGIN INSERT INTO t{level} VALUES (new.a); END;");
        }

        await fixture.RunAsync(schema.ToString());

        var refusal = await Record.ExceptionAsync(() => RunAsync(fixture, "INSERT INTO t0 VALUES (1)"));

        Assert.Equal(error, refusal?.Message);
        Assert.Equal(error is null ? "1" : "0", await fixture.RunAsync($"SELECT count(*) FROM t{levels}"));
    }

    private static string List(int count, string prefix) => string.Join(',', Enumerable.Range(1, count)
        .Select(number => prefix + number.ToString(CultureInfo.InvariantCulture)));

    private static async Task RunAsync(EngineFixture fixture, string sql, params SqlValue[] parameters) =>
        await fixture.Engine.ExecuteAsync(fixture.Id, SqlRequest.Single(sql, parameters), new ResultCollector());
}
