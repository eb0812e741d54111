using System.Globalization;
using System.Text;

namespace Shoal.Load.Http;

/// <summary>The requests of a run as ready bytes, made before the clock starts.</summary>
/// <remarks>
/// <c>{name}</c> in the URL or the body stands for a value of the variable of that name; every request made has values
/// of its own, chosen by a seeded generator. Braces around anything else are left alone.
/// </remarks>
internal sealed class RequestTemplate
{
    /// <summary>Different requests of a run that has variables; they are sent over and over.</summary>
    public const int VariantsMax = 16_384;

    private RequestTemplate(Uri address, byte[][] requests)
    {
        Address = address;
        Requests = requests;
    }

    /// <summary>Where to connect: scheme, host and port of the URL.</summary>
    public Uri Address { get; }

    /// <summary>Head and body of each different request.</summary>
    public byte[][] Requests { get; }

    /// <summary>Makes the requests of a run.</summary>
    /// <exception cref="FormatException">The URL or a variable does not make sense.</exception>
    public static RequestTemplate Build(LoadOptions options)
    {
        // Braces must not be escaped, so the path is taken from the text and not from the parsed URL.
        var pathStart = options.Url.IndexOf('/', options.Url.IndexOf("://", StringComparison.Ordinal) + 3);
        var origin = pathStart < 0 ? options.Url : options.Url[..pathStart];
        var path = pathStart < 0 ? "/" : options.Url[pathStart..];
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttp)
        {
            throw new FormatException($"'{options.Url}' is not an http:// URL with a host.");
        }

        var variables = options.Variables.Select(RequestVariable.Parse).ToArray();
        var random = new Random(options.Seed);
        var requests = new byte[variables.Length == 0 ? 1 : VariantsMax][];
        for (var index = 0; index < requests.Length; index++)
        {
            var url = path;
            var body = options.Body;
            foreach (var variable in variables)
            {
                var value = variable.Next(random);
                url = url.Replace(variable.Placeholder, value, StringComparison.Ordinal);
                body = body?.Replace(variable.Placeholder, value, StringComparison.Ordinal);
            }

            requests[index] = Format(options, address, url, body);
        }

        return new RequestTemplate(address, requests);
    }

    private static byte[] Format(LoadOptions options, Uri address, string path, string? body)
    {
        var content = Encoding.UTF8.GetBytes(body ?? "");
        var head = new StringBuilder()
            .Append(options.Method).Append(' ').Append(path).Append(" HTTP/1.1\r\n")
            .Append("Host: ").Append(address.Authority).Append("\r\n");
        foreach (var header in options.Headers)
        {
            head.Append(header).Append("\r\n");
        }

        if (body is not null)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {content.Length}\r\n");
        }

        head.Append("\r\n");
        return [.. Encoding.ASCII.GetBytes(head.ToString()), .. content];
    }
}
