using Shoal.TestKit;

namespace Shoal.Server.Tests.Http;

public sealed class HealthTests
{
    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    public async Task A_running_server_is_healthy_without_a_token(string path)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.ClientWith(token: null).GetAsync(path);

        Assert.Equal(200, (int)reply.Status);
        Assert.Equal("""{"status":"ok"}""", reply.Text);
    }

    [Fact]
    public async Task A_stopping_server_says_so_and_still_serves_until_the_delay_is_over()
    {
        var delay = TimeSpan.FromSeconds(17);
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            options.DrainDelay = delay;
        });
        await server.Client.CreateAsync("shop");
        using var stop = new CancellationTokenSource();
        var stopped = server.Server.WaitForShutdownAsync(stop.Token);

        await stop.CancelAsync();
        await clock.WhenTimerAsync(delay);
        var ready = await server.Client.GetAsync("/health");
        var live = await server.Client.GetAsync("/health/live");
        var rows = await server.Client.RowsAsync("shop", "SELECT 1 AS a");
        clock.Advance(delay);
        await stopped;

        Assert.Equal((503, """{"status":"stopping"}"""), ((int)ready.Status, ready.Text));
        Assert.Equal(200, (int)live.Status);
        Assert.Equal("""[{"a":1}]""", rows);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.Client.GetAsync("/health"));
    }
}
