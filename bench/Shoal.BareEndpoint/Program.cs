// The least that a Kestrel server must do to answer a query: read the request, send bytes that were made before.
// usage: Shoal.BareEndpoint --urls http://127.0.0.1:PORT --response FILE
using System.Buffers;
using Microsoft.Extensions.Configuration;

var configuration = new ConfigurationBuilder().AddCommandLine(args).Build();
if (configuration["urls"] is not { } urls || configuration["response"] is not { } file)
{
    await Console.Error.WriteLineAsync("usage: Shoal.BareEndpoint --urls http://127.0.0.1:PORT --response FILE");
    return 2;
}

// No routing, no logging, no middleware: an empty builder and one handler.
var response = await File.ReadAllBytesAsync(file);
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().UseUrls(urls).ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
var app = builder.Build();
app.Run(async context =>
{
    var reader = context.Request.BodyReader;
    while (true)
    {
        var read = await reader.ReadAsync();
        reader.AdvanceTo(read.Buffer.End);
        if (read.IsCompleted)
        {
            break;
        }
    }

    context.Response.ContentType = "application/json; charset=UTF-8";
    context.Response.ContentLength = response.Length;
    context.Response.BodyWriter.Write(response);
});
await app.RunAsync();
return 0;
