// The least that a Kestrel server must do to answer a query: read the request, send back bytes that were made before.
// usage: Shoal.BareEndpoint --urls http://127.0.0.1:PORT --response FILE
using System.Buffers;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
var file = builder.Configuration["response"];
if (file is null)
{
    await Console.Error.WriteLineAsync("usage: Shoal.BareEndpoint --urls http://127.0.0.1:PORT --response FILE");
    return 2;
}

var response = await File.ReadAllBytesAsync(file);
var app = builder.Build();
app.Run(async context =>
{
    // All of the body is read, as a server that looks at it must.
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

    context.Response.ContentType = "application/json";
    context.Response.Headers.ContentLength = response.Length;
    context.Response.BodyWriter.Write(response);
});
await app.RunAsync();
return 0;
