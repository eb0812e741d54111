using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Passes HTTP requests on, and keeps those for one database until it is told to go on: a tenant that is slow.</summary>
internal sealed class StallingProxy : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
    private readonly WebApplication _app;
    private TaskCompletionSource _gate = new();

    private StallingProxy(Uri to, string database)
    {
        _gate.SetResult();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = null);
        _app = builder.Build();
        _app.Run(async context =>
        {
            if (context.Request.Path.Value!.Contains($"/{database}/", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _requests);
                await _gate.Task.WaitAsync(context.RequestAborted);
            }

            await ForwardAsync(context, to);
        });
    }

    private int _requests;

    public Uri Address => new(_app.Urls.First());

    /// <summary>Requests for the database that came so far.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public static async Task<StallingProxy> StartAsync(Uri to, string database)
    {
        var proxy = new StallingProxy(to, database);
        await proxy._app.StartAsync();
        return proxy;
    }

    public void Stall() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void GoOn() => _gate.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        GoOn();
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task ForwardAsync(HttpContext context, Uri to)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method),
            new Uri(to, context.Request.Path + context.Request.QueryString)) { Content = new StreamContent(context.Request.Body) };
        foreach (var (name, values) in context.Request.Headers.Where(static one => one.Key is not ("Host" or "Transfer-Encoding" or "Connection")))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers)
            .Where(static one => one.Key is not ("Transfer-Encoding" or "Connection")))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
