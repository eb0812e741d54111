namespace Shoal.Client.Tests;

public sealed class ShoalClientTests
{
    [Fact]
    public async Task Databases_are_created_found_listed_and_deleted()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var created = await fixture.Client.CreateDatabaseAsync("one");
        Assert.Equal(created.Uuid, (await fixture.Client.FindDatabaseAsync("one"))?.Uuid);
        Assert.Equal(created.Uuid, (await fixture.Client.GetOrCreateDatabaseAsync("one")).Uuid);
        var taken = await Assert.ThrowsAsync<ShoalException>(() => fixture.Client.CreateDatabaseAsync("one"));
        Assert.Equal(ShoalErrorKind.NameTaken, taken.Kind);
        await fixture.Client.GetOrCreateDatabaseAsync("two");

        var names = new List<string>();
        await foreach (var database in fixture.Client.ListDatabasesAsync())
        {
            names.Add(database.Name);
        }

        Assert.Equal(["one", "two"], names);
        Assert.True(await fixture.Client.DeleteDatabaseAsync("one"));
        Assert.False(await fixture.Client.DeleteDatabaseAsync("one"));
        Assert.Null(await fixture.Client.FindDatabaseAsync("one"));
    }

    [Fact]
    public async Task A_missing_database_is_created_when_asked_for_by_many_at_once()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var database = fixture.Client.Database("fresh", createIfMissing: true);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(n => database.Prepare("SELECT ?").Bind(n).FirstAsync<int>()));
        Assert.Equal(Enumerable.Range(0, 16), answers);
    }

    [Fact]
    public async Task One_client_serves_many_databases()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async number =>
        {
            var database = fixture.Client.Database($"tenant-{number}", createIfMissing: true);
            await database.ExecAsync("CREATE TABLE t(a)");
            await database.Prepare("INSERT INTO t VALUES (?)").Bind(number).RunAsync();
            Assert.Equal(number, await database.Prepare("SELECT a FROM t").FirstAsync<int>());
        }));
    }

    [Fact]
    public async Task Names_are_looked_up_for_a_target_that_wants_ids_and_again_when_the_database_is_another()
    {
        await using var fixture = await ClientFixture.StartAsync(
            client: options => options with { Target = ShoalTarget.CloudflareD1 });
        await fixture.Client.CreateDatabaseAsync("shop");
        var shop = fixture.Client.Database("shop");
        Assert.Equal(1, await shop.Prepare("SELECT 1").FirstAsync<int>());
        await fixture.Server.Client.DeleteAsync($"{fixture.Server.Client.Databases}/shop");
        await fixture.Server.Client.CreateAsync("shop");
        await Assert.ThrowsAsync<ShoalException>(() => shop.Prepare("SELECT 1").FirstAsync<int>());
        Assert.Equal(1, await shop.Prepare("SELECT 1").FirstAsync<int>());
        Assert.Equal(100, fixture.Client.Limits.Sql.ParametersMax);
    }

    [Fact]
    public async Task A_target_that_has_no_queries_of_the_past_is_not_asked_for_one()
    {
        await using var fixture = await ClientFixture.StartAsync(
            client: options => options with { Target = ShoalTarget.CloudflareD1 });
        await fixture.Client.CreateDatabaseAsync("shop");
        var past = fixture.Client.Database("shop").AsOf("before-cleanup").Prepare("SELECT 1");
        var error = await Assert.ThrowsAsync<ShoalException>(() => past.FirstAsync<int>());
        Assert.Equal((ShoalErrorKind.InvalidRequest, null), (error.Kind, error.Status));
    }

    [Fact]
    public void Wrong_settings_are_told_all_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => new ShoalClient(new ShoalClientOptions
        {
            Address = new Uri("ftp://example.com"), Account = "", Timeout = TimeSpan.Zero, Retry = new() { AttemptsMax = 0 },
        }));
        Assert.All(["Address", "Account", "Timeout", "AttemptsMax"],
            name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
    }
}
