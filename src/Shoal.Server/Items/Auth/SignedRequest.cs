using System.Globalization;
using Microsoft.AspNetCore.Http;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Auth;

/// <summary>What a request says of its signature (Signature Version 4), from its header or its query.</summary>
/// <param name="AccessKey">The access key id.</param>
/// <param name="Scope">Date, region, service and terminator, as they were sent.</param>
/// <param name="SignedHeaders">Names of headers, separated by semicolons.</param>
/// <param name="Signature">Hexadecimal.</param>
/// <param name="Date">When it was signed, as it was sent.</param>
/// <param name="Algorithm">How.</param>
internal sealed record SignedRequest(
    string AccessKey, string Scope, string SignedHeaders, string Signature, string Date, string Algorithm)
{
    /// <summary>The region of the scope; the usual one when it has none.</summary>
    public string Region => Scope.Split('/') is { Length: > 1 } parts && parts[1].Length > 0 ? parts[1] : "us-east-1";

    /// <summary>When it was signed; null when that can not be read.</summary>
    public DateTimeOffset? Moment =>
        DateTimeOffset.TryParseExact(Date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out var iso)
        ? iso
        : DateTimeOffset.TryParse(Date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var other) ? other : null;

    /// <summary>Reads and checks the form.</summary>
    /// <exception cref="DynamoException">There is none, there are two, or a part is missing.</exception>
    public static SignedRequest Read(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        var query = request.Query;
        var inQuery = query.ContainsKey("X-Amz-Algorithm");
        if (!string.IsNullOrEmpty(header) && inQuery)
        {
            throw DynamoException.Service("InvalidSignatureException",
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
        }

        if (inQuery)
        {
            return ReadQuery(query);
        }

        return header is not null && header.TrimStart().StartsWith("AWS4-", StringComparison.Ordinal)
            ? ReadHeader(request, header)
            : throw DynamoException.Service("MissingAuthenticationTokenException", "Request is missing Authentication Token");
    }

    private static SignedRequest ReadHeader(HttpRequest request, string header)
    {
        var parts = header.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in parts.Skip(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            values[equals < 0 ? part : part[..equals]] = equals < 0 ? "" : part[(equals + 1)..];
        }

        string? amazonDate = request.Headers["X-Amz-Date"];
        var date = string.IsNullOrEmpty(amazonDate) ? request.Headers.Date.ToString() : amazonDate;
        var missing = string.Concat(((string[])["Credential", "Signature", "SignedHeaders"])
            .Where(name => values.GetValueOrDefault(name, "").Length == 0)
            .Select(static name => $"Authorization header requires '{name}' parameter. "));
        if (date.Length == 0)
        {
            missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
        }

        return missing.Length > 0
            ? throw DynamoException.Service("IncompleteSignatureException", $"{missing}Authorization={header}")
            : Of(values["Credential"], values["SignedHeaders"], values["Signature"], date, parts[0]);
    }

    private static SignedRequest ReadQuery(IQueryCollection query)
    {
        string[] names = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];
        var missing = string.Concat(names.Where(name => query[name].ToString().Length == 0)
            .Select(static name => $"AWS query-string parameters must include '{name}'. "));
        return missing.Length > 0
            ? throw DynamoException.Service("IncompleteSignatureException", missing + "Re-examine the query-string parameters.")
            : Of(query["X-Amz-Credential"].ToString(), query["X-Amz-SignedHeaders"].ToString(),
                query["X-Amz-Signature"].ToString(), query["X-Amz-Date"].ToString(), query["X-Amz-Algorithm"].ToString());
    }

    private static SignedRequest Of(string credential, string headers, string signature, string date, string algorithm)
    {
        var slash = credential.IndexOf('/', StringComparison.Ordinal);
        return new SignedRequest(slash < 0 ? credential : credential[..slash], slash < 0 ? "" : credential[(slash + 1)..], headers,
            signature, date, algorithm);
    }
}
