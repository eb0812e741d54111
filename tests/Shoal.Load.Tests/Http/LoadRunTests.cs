using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Shoal.Load.Http;

namespace Shoal.Load.Tests.Http;

/// <summary>The load generator against a real Kestrel.</summary>
public sealed class LoadRunTests
{
    private long _served;

    [Fact]
    public async Task Every_connection_is_kept_busy_and_nothing_goes_wrong()
    {
        var result = await RunAsync(connections: 8, http => http.Response.WriteAsync("""{"success":true}"""));
        Assert.Null(result.FirstError);
        Assert.Equal(0, result.Errors);
        Assert.InRange(result.Requests, 1, Interlocked.Read(ref _served));
        Assert.InRange(result.P50Microseconds, 1, result.MaxMicroseconds);
        Assert.True(result.ServerCpuMicrosecondsPerRequest >= 0);
    }

    [Fact]
    public async Task What_is_asked_after_the_measurement_is_answered_and_not_measured()
    {
        // Five times as long as the measurement: by far the most requests.
        var result = await RunAsync(connections: 2, http => http.Response.WriteAsync("""{"success":true}"""),
            coolDown: TimeSpan.FromSeconds(10));
        Assert.Null(result.FirstError);
        Assert.InRange(result.Requests, 1, Interlocked.Read(ref _served) / 2);
    }

    [Fact]
    public async Task A_wrong_status_is_an_error()
    {
        var result = await RunAsync(connections: 2, http =>
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return http.Response.WriteAsync("""{"success":true}""");
        });
        Assert.InRange(result.Errors, 1, long.MaxValue);
        Assert.Contains("status 503", result.FirstError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_without_the_expected_text_is_an_error()
    {
        var result = await RunAsync(connections: 2, http => http.Response.WriteAsync("""{"success":false}"""));
        Assert.InRange(result.Errors, 1, long.MaxValue);
        Assert.Contains("success\":false", result.FirstError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_hangs_up_is_an_error_and_is_tried_again()
    {
        var result = await RunAsync(connections: 2, http =>
        {
            if (Interlocked.Read(ref _served) % 5 == 0)
            {
                http.Abort();
                return Task.CompletedTask;
            }

            return http.Response.WriteAsync("""{"success":true}""");
        });
        Assert.InRange(result.Errors, 1, long.MaxValue);
        Assert.Contains("closed the connection", result.FirstError, StringComparison.Ordinal);
        Assert.InRange(result.Requests, 1, long.MaxValue);
    }

    [Fact]
    public async Task A_server_that_closes_politely_is_no_error()
    {
        var result = await RunAsync(connections: 2, http =>
        {
            http.Response.Headers.Connection = "close";
            return http.Response.WriteAsync("""{"success":true}""");
        });
        Assert.Null(result.FirstError);
        Assert.InRange(result.Requests, 1, long.MaxValue);
    }

    [Fact]
    public async Task Nobody_listening_is_an_error()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var result = await LoadRun.RunAsync(OptionsFor($"http://{reserved.LocalEndPoint}/", 1),
            TestContext.Current.CancellationToken);
        Assert.Equal(0, result.Requests);
        Assert.Contains("cannot connect", result.FirstError, StringComparison.Ordinal);
    }

    private static LoadOptions OptionsFor(string url, int connections, TimeSpan coolDown = default) => new()
    {
        Url = url,
        Body = """{"id":{id}}""",
        Variables = ["id=1..100"],
        Expect = "\"success\":true",
        Connections = connections,
        Threads = 2,

        // Long enough that connections are made and code is compiled before, and something is answered within, on any machine.
        WarmUp = TimeSpan.FromSeconds(1),
        Duration = TimeSpan.FromSeconds(2),
        CoolDown = coolDown,
        ServerProcess = Environment.ProcessId,
    };

    private async Task<LoadResult> RunAsync(int connections, RequestDelegate handler, TimeSpan coolDown = default)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var server = builder.Build();
        server.Run(async http =>
        {
            Interlocked.Increment(ref _served);
            await http.Request.Body.CopyToAsync(Stream.Null);
            await handler(http);
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        var url = server.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        return await LoadRun.RunAsync(OptionsFor(url + "/", connections, coolDown), TestContext.Current.CancellationToken);
    }
}
