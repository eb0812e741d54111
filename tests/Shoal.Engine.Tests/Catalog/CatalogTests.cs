using Shoal.Engine.Catalog;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Catalog;

public sealed class CatalogTests
{
    [Fact]
    public async Task Databases_are_found_by_name_and_by_id_within_their_account_only()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var mine = await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("shared-name", "mine"));
        var yours = await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("shared-name", "yours"));

        Assert.Equal(mine, fixture.Engine.FindDatabase("mine", "shared-name"));
        Assert.Equal(yours, fixture.Engine.FindDatabase("yours", yours.Id.ToString()));
        Assert.Null(fixture.Engine.FindDatabase("mine", yours.Id.ToString()));
        Assert.Equal(["a", "mine", "yours"], fixture.Engine.ListAccounts());
    }

    [Fact]
    public async Task A_name_is_taken_once_per_account_and_free_again_after_deletion()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var error = await Assert.ThrowsAsync<EngineException>(
            () => fixture.Engine.CreateDatabaseAsync(EngineFixture.New("main")));
        Assert.Equal(EngineErrorKind.NameTaken, error.Kind);

        await fixture.Engine.DeleteDatabaseAsync(fixture.Id);
        var again = await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("main"));
        Assert.NotEqual(fixture.Id, again.Id);
    }

    [Fact]
    public async Task Only_one_of_many_creations_at_once_gets_the_name()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var attempts = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            try
            {
                await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("race"));
                return 1;
            }
            catch (EngineException error) when (error.Kind == EngineErrorKind.NameTaken)
            {
                return 0;
            }
        }));
        Assert.Equal(1, attempts.Sum());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-leading")]
    [InlineData("with space")]
    [InlineData("slash/y")]
    [InlineData("é")]
    public async Task A_bad_name_is_refused_with_the_rule(string name)
    {
        await using var fixture = await EngineFixture.StartAsync();
        var error = await Assert.ThrowsAsync<EngineException>(
            () => fixture.Engine.CreateDatabaseAsync(EngineFixture.New(name)));
        Assert.Equal(EngineErrorKind.InvalidArgument, error.Kind);
        Assert.StartsWith("Invalid property: name =>", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("slash/y")]
    [InlineData("é")]
    public async Task A_bad_account_gets_neither_database_nor_token_and_hears_the_rule(string account)
    {
        await using var fixture = await EngineFixture.StartAsync();
        var database = await Assert.ThrowsAsync<EngineException>(
            () => fixture.Engine.CreateDatabaseAsync(EngineFixture.New("main", account)));
        var token = await Assert.ThrowsAsync<EngineException>(
            () => fixture.Engine.Tokens.CreateAsync("ci", account, [], TokenPermission.Read, expiresAt: null));
        Assert.Equal(EngineErrorKind.InvalidArgument, database.Kind);
        Assert.Equal("Invalid property: account => use letters, digits, - and _, at most 512 characters", database.Message);
        Assert.Equal((database.Kind, database.Message), (token.Kind, token.Message));
    }

    [Theory]
    [InlineData("shoal")]
    [InlineData("-Tenant_7")]
    [InlineData("023e105f4ecef8ad9ca31a8372d0c353")]
    public async Task An_account_has_letters_digits_and_two_signs_as_those_of_Cloudflare_have(string account)
    {
        await using var fixture = await EngineFixture.StartAsync();
        var database = await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("main", account));
        var token = await fixture.Engine.Tokens.CreateAsync("ci", account, [database.Id], TokenPermission.Read, expiresAt: null);
        Assert.Equal((account, account), (database.Account, token.Record.Account));
    }

    [Fact]
    public async Task Lists_are_paged_filtered_and_kept_over_a_restart()
    {
        await using var fixture = await EngineFixture.StartAsync();
        for (var index = 0; index < 25; index++)
        {
            await fixture.Engine.CreateDatabaseAsync(EngineFixture.New($"Tenant-{index:00}", "b"));
        }

        await fixture.RestartAsync();
        var page = fixture.Engine.ListDatabases("b", "tenant-", page: 3, perPage: 10);
        Assert.Equal((25, 5), (page.TotalCount, page.Databases.Count));
        Assert.Equal("Tenant-20", page.Databases[0].Name);
        Assert.Empty(fixture.Engine.ListDatabases("b", null, page: 4, perPage: 10).Databases);
        Assert.Single(fixture.Engine.ListDatabases("b", "T-07", page: 1, perPage: 10).Databases);
        Assert.Empty(fixture.Engine.ListDatabases("nobody", null, page: 1, perPage: 10).Databases);
    }

    [Fact]
    public async Task An_account_can_be_full()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { DatabasesPerAccountMax = 1 });
        var error = await Assert.ThrowsAsync<EngineException>(
            () => fixture.Engine.CreateDatabaseAsync(EngineFixture.New("second")));
        Assert.Equal("System limit reached: databases per account (1)", error.Message);
    }

    [Fact]
    public async Task Tokens_work_until_they_expire_or_are_revoked_and_their_secrets_are_not_stored()
    {
        var time = new ManualTimeProvider();
        await using var fixture = await EngineFixture.StartAsync(time: time);
        var tokens = fixture.Engine.Tokens;
        var forever = await tokens.CreateAsync("ci", null, [], TokenPermission.Admin, null);
        var shortLived = await tokens.CreateAsync(
            "tmp", "a", [fixture.Id], TokenPermission.Read, time.GetUtcNow().AddMinutes(5));
        Assert.Equal(shortLived.Record, tokens.Find(Secret(shortLived)));

        await fixture.RestartAsync();
        tokens = fixture.Engine.Tokens;
        Assert.Equal(2, tokens.List().Count);
        var read = tokens.Find(Secret(shortLived))!;
        Assert.Equal(("tmp", "a", TokenPermission.Read), (read.Name, read.Account, read.Permission));
        Assert.Equal([fixture.Id], read.Databases);

        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(tokens.Find(Secret(shortLived)));
        Assert.True(await tokens.RevokeAsync(forever.Record.Id));
        Assert.False(await tokens.RevokeAsync(forever.Record.Id));
        Assert.Null(tokens.Find(Secret(forever)));
        Assert.Null(tokens.Find("shoal_wrong"u8));

        await fixture.Engine.DisposeAsync();
        foreach (var file in Directory.GetFiles(fixture.Folder, "catalog*"))
        {
            var content = System.Text.Encoding.Latin1.GetString(
                await File.ReadAllBytesAsync(file, CancellationToken.None));
            Assert.DoesNotContain(forever.Secret["shoal_".Length..], content, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_token_for_an_unknown_database_is_refused()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Engine.Tokens.CreateAsync(
            "x", "a", [DatabaseId.NewRandom()], TokenPermission.Read, null));
        Assert.Equal(EngineErrorKind.DatabaseNotFound, error.Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_first_start_that_ended_while_it_created_the_catalog_is_begun_again(bool withJournal)
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.Engine.DisposeAsync();
        var left = Directory.CreateTempSubdirectory("shoal-engine-").FullName;
        foreach (var name in (string[])["FORMAT", "README", "DURABILITY"])
        {
            File.Copy(Path.Combine(fixture.Folder, name), Path.Combine(left, name));
        }

        // What SQLite has written by then: nothing, or a page that its journal takes back.
        var catalog = Path.Combine(left, "catalog.sqlite");
        await File.WriteAllBytesAsync(catalog, withJournal ? new byte[4096] : [], CancellationToken.None);
        if (withJournal)
        {
            byte[] journal = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7, .. new byte[504]];
            (journal[22], journal[26]) = (2, 16);
            await File.WriteAllBytesAsync(catalog + "-journal", journal, CancellationToken.None);
        }

        await using var recovered = await EngineFixture.OpenAsync(left, default);
        await recovered.Engine.CreateDatabaseAsync(EngineFixture.New("x"));
        await recovered.Engine.DisposeAsync();
        var header = await File.ReadAllBytesAsync(catalog, CancellationToken.None);
        Assert.Equal((2, 2), (header[18], header[19]));
    }

    private static byte[] Secret(NewToken token) => System.Text.Encoding.UTF8.GetBytes(token.Secret);
}
