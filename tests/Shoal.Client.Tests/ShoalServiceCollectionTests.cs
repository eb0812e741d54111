using Microsoft.Extensions.DependencyInjection;

namespace Shoal.Client.Tests;

public sealed class ShoalServiceCollectionTests
{
    [Fact]
    public async Task A_container_gives_one_client_that_works()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await using var provider = new ServiceCollection().AddShoal(fixture.Client.Options).BuildServiceProvider();
        var client = provider.GetRequiredService<ShoalClient>();
        Assert.Same(client, provider.GetRequiredService<ShoalClient>());
        Assert.Equal(1, await client.Database("shop", createIfMissing: true).Prepare("SELECT 1").FirstAsync<int>());
    }

    [Fact]
    public async Task A_factory_is_asked_for_every_request()
    {
        await using var fixture = await ClientFixture.StartAsync();
        var services = new ServiceCollection().AddLogging();
        services.AddHttpClient("shoal");
        var asked = 0;
        services.AddShoal(_ => fixture.Client.Options, provider =>
        {
            asked++;
            return provider.GetRequiredService<IHttpClientFactory>().CreateClient("shoal");
        });
        await using var provider = services.BuildServiceProvider();
        var shop = provider.GetRequiredService<ShoalClient>().Database("shop", createIfMissing: true);
        await shop.ExecAsync("CREATE TABLE t(a)");
        asked = 0;
        await shop.Prepare("SELECT 1").RunAsync();
        await shop.Prepare("SELECT 1").RunAsync();
        Assert.Equal(2, asked);
        Assert.NotSame(fixture.Client.Options.LoggerFactory, provider.GetRequiredService<ShoalClient>().Options.LoggerFactory);
    }
}
