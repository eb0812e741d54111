// The least that a Kestrel server must do to answer a query: read the request, send bytes that were made before.
// usage: Shoal.BareEndpoint --urls http://127.0.0.1:PORT --response FILE [--responses FOLDER]
// Who asks for /NAME gets the file of that name in the folder; everybody else gets the one response.
using System.Buffers;
using Microsoft.Extensions.Configuration;

var configuration = new ConfigurationBuilder().AddCommandLine(args).Build();
if (configuration["urls"] is not { } urls || configuration["response"] is not { } file)
{
    await Console.Error.WriteLineAsync("usage: Shoal.BareEndpoint --urls http://127.0.0.1:PORT --response FILE [--responses FOLDER]");
    return 2;
}

// No routing, no logging, no middleware: an empty builder and one handler.
const int PieceBytesMax = 32 * 1024;
var response = await File.ReadAllBytesAsync(file);
var named = new Dictionary<string, byte[]>(StringComparer.Ordinal);
if (configuration["responses"] is { } folder)
{
    foreach (var path in Directory.GetFiles(folder))
    {
        named.Add("/" + Path.GetFileName(path), await File.ReadAllBytesAsync(path));
    }
}

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
    var answer = named.GetValueOrDefault(context.Request.Path.Value ?? "/", response);
    context.Response.ContentLength = answer.Length;
    if (answer.Length <= PieceBytesMax)
    {
        context.Response.BodyWriter.Write(answer);
        return;
    }

    // What is large goes in the pieces in which Shoal sends it.
    for (var sent = 0; sent < answer.Length; sent += PieceBytesMax)
    {
        await context.Response.BodyWriter.WriteAsync(answer.AsMemory(sent, Math.Min(PieceBytesMax, answer.Length - sent)));
    }
});
await app.RunAsync();
return 0;
