namespace Shoal.Server.Http;

/// <summary>Gives the description of the HTTP API for machines: <c>docs/reference/openapi.json</c>, as it was built.</summary>
internal sealed class OpenApiEndpoint
{
    private readonly byte[] _document = Read();

    public async ValueTask GetAsync(Exchange exchange)
    {
        var response = exchange.Http.Response;
        response.Headers.ContentType = Reply.JsonContentType;
        response.ContentLength = _document.Length;
        await response.BodyWriter.WriteAsync(_document, exchange.Aborted);
    }

    private static byte[] Read()
    {
        using var resource = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream("openapi.json")
            ?? throw new InvalidOperationException("The server was built without openapi.json.");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }
}
