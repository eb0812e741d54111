using Shoal.Client;
using Shoal.Client.D1;
using Shoal.Client.Rows;

namespace Shoal.Analyzers.Tests;

/// <summary>Goal: a generated mapper does what the compiled one does. Method: both read the same rows of a real server.</summary>
public sealed partial class GeneratedRowsTests
{
    private enum Colour
    {
        Red = 1,
        Blue = 2,
    }

    [ShoalRow]
    private sealed partial record Marked(long Id, string Name, double? Price, bool InStock, Colour Colour, Colour? Second, short Small,
        float Real, decimal Money, Guid Key, DateTimeOffset At, byte[]? Data, object? Any, string? Missing, int MissingToo);

    private sealed record Plain(long Id, string Name, double? Price, bool InStock, Colour Colour, Colour? Second, short Small,
        float Real, decimal Money, Guid Key, DateTimeOffset At, byte[]? Data, object? Any, string? Missing, int MissingToo);

    [ShoalRow]
    private partial record struct MarkedPoint(int X, byte? Y);

    [ShoalRow]
    private sealed partial class MarkedProperties
    {
        public required int Id { get; init; }

        public string? Name { get; set; }
    }

    private const string Select = """
        SELECT 7 AS id, 'net' AS NAME, 9.5 AS price, 1 AS in_stock, 2 AS colour, NULL AS second, -3 AS small, 1.5 AS "real",
            '12.30' AS money, '0f8fad5b-d9cb-469f-a165-70867728950e' AS key, '2026-11-21T10:00:00Z' AS at, x'00FF' AS data, 'x' AS any_
        UNION ALL SELECT 8, NULL, NULL, 0, 1, 1, 3, 2, 4, '0f8fad5b-d9cb-469f-a165-70867728950e', '2026-11-21 10:00:00', NULL, 5
        """;

    [Fact]
    public async Task A_generated_mapper_reads_what_the_compiled_one_reads()
    {
        await using var server = await TestServer.StartAsync();
        using var client = Client(server);
        var statement = client.Database("rows", createIfMissing: true).Prepare(Select);

        var marked = await statement.AllAsync<Marked>();
        var plain = await statement.AllAsync<Plain>();

        Assert.Equal(2, marked.Count);
        Assert.Equal(plain.Select(Values), marked.Select(Values));
        Assert.Equal(marked[0].Id, (await statement.FirstAsync<Marked>())!.Id);
    }

    [Fact]
    public async Task Structs_and_properties_are_mapped_too()
    {
        await using var server = await TestServer.StartAsync();
        using var client = Client(server);
        var database = client.Database("rows", createIfMissing: true);

        Assert.Equal(new MarkedPoint(1, 255), await database.Prepare("SELECT 1 AS x, 255 AS y").FirstAsync<MarkedPoint>());
        Assert.Equal(new MarkedPoint(0, null), await database.Prepare("SELECT NULL AS y").FirstAsync<MarkedPoint>());
        var one = await database.Prepare("SELECT 3 AS id, 'c' AS name").FirstAsync<MarkedProperties>();
        Assert.Equal((3, "c"), (one!.Id, one.Name));
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_as_without_it()
    {
        await using var server = await TestServer.StartAsync();
        using var client = Client(server);
        var database = client.Database("rows", createIfMissing: true);

        await Assert.ThrowsAsync<InvalidCastException>(() => database.Prepare("SELECT 'a' AS x").FirstAsync<MarkedPoint>());
        await Assert.ThrowsAsync<InvalidCastException>(() => database.Prepare("SELECT NULL AS x").FirstAsync<MarkedPoint>());
        await Assert.ThrowsAsync<InvalidCastException>(() => database.Prepare("SELECT 1 AS other").FirstAsync<MarkedPoint>());
        await Assert.ThrowsAsync<OverflowException>(() => database.Prepare("SELECT 1 AS x, 256 AS y").FirstAsync<MarkedPoint>());
    }

    [Fact]
    public void The_generated_mapper_is_the_one_in_use()
    {
        Assert.True(IsGenerated<Marked>());
        Assert.True(IsGenerated<MarkedPoint>());
        Assert.False(IsGenerated<Plain>());
    }

    private static bool IsGenerated<T>() => GeneratedRows.Knows<T>();

    private static object?[] Values<T>(T row) => [.. typeof(T).GetProperties().Where(static one => one.Name != "EqualityContract")
        .Select(one => one.GetValue(row)).Select(static value => value is byte[] bytes ? Convert.ToHexString(bytes) : value)];

    private static ShoalClient Client(TestServer server) => new(new ShoalClientOptions
    {
        Address = server.Address, Account = "acme", Token = TestServer.Token,
    });
}
