using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Auth;

/// <summary>Passes when a request was signed with the secret of its access key. Source: "Signature Version 4".</summary>
internal static class SignatureCheck
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Terminator = "aws4_request";

    /// <summary>How far clocks may be apart.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(15);

    /// <exception cref="DynamoException">It was not, or too long ago.</exception>
    public static void Run(HttpRequest request, ReadOnlySpan<byte> body, SignedRequest signed, string secret, DateTimeOffset now,
        bool isKnown)
    {
        var moment = signed.Moment ?? throw DynamoException.Service("IncompleteSignatureException",
            $"Date must be in ISO-8601 'basic format'. Got '{signed.Date}'. See http://en.wikipedia.org/wiki/ISO_8601");
        CheckTime(moment, now);
        if (signed.Algorithm != Algorithm)
        {
            throw DynamoException.Service("IncompleteSignatureException",
                $"Unsupported AWS 'algorithm': '{signed.Algorithm}' (only {Algorithm} for now). ");
        }

        var names = signed.SignedHeaders.Split(';');
        if (!names.Contains("host", StringComparer.OrdinalIgnoreCase))
        {
            throw DynamoException.Service("InvalidSignatureException", "'Host' must be a 'SignedHeader' in the AWS Authorization.");
        }

        var scope = CheckScope(signed, moment);
        var canonical = Canonical(request, names, signed.SignedHeaders, body);
        var text = $"{Algorithm}\n{Iso(moment)}\n{signed.Scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in scope)
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        var expected = Encoding.ASCII.GetBytes(Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text))));
        if (!isKnown)
        {
            throw DynamoException.Service("UnrecognizedClientException", "The security token included in the request is invalid.");
        }

        if (!CryptographicOperations.FixedTimeEquals(expected, Encoding.ASCII.GetBytes(signed.Signature)))
        {
            throw DynamoException.Service("InvalidSignatureException", "The request signature we calculated does not match the signature "
                + "you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");
        }
    }

    private static void CheckTime(DateTimeOffset moment, DateTimeOffset now)
    {
        if (moment < now - Tolerance)
        {
            throw DynamoException.Service("InvalidSignatureException",
                $"Signature expired: {Iso(moment)} is now earlier than {Iso(now - Tolerance)} ({Iso(now)} - 15 min.)");
        }

        if (moment > now + Tolerance)
        {
            throw DynamoException.Service("InvalidSignatureException",
                $"Signature not yet current: {Iso(moment)} is still later than {Iso(now + Tolerance)} ({Iso(now)} + 15 min.)");
        }
    }

    private static string[] CheckScope(SignedRequest signed, DateTimeOffset moment)
    {
        var scope = signed.Scope.Split('/');
        if (scope.Length != 4)
        {
            throw DynamoException.Service("IncompleteSignatureException", "Credential must have exactly 5 slash-delimited elements, e.g. "
                + $"keyid/date/region/service/term, got '{signed.AccessKey}/{signed.Scope}'");
        }

        var problem = new StringBuilder();
        if (scope[2] != "dynamodb")
        {
            problem.Append("Credential should be scoped to correct service: 'dynamodb'. ");
        }

        if (scope[3] != Terminator)
        {
            problem.Append(CultureInfo.InvariantCulture,
                $"Credential should be scoped with a valid terminator: '{Terminator}', not '{scope[3]}'. ");
        }

        var day = moment.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        if (scope[0] != day)
        {
            problem.Append("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ")
                .Append(CultureInfo.InvariantCulture, $"'{scope[0]}' != '{day}', from '{Iso(moment)}'.");
        }

        return problem.Length == 0 ? scope : throw DynamoException.Service("InvalidSignatureException", problem.ToString());
    }

    private static string Canonical(HttpRequest request, string[] names, string signedHeaders, ReadOnlySpan<byte> body)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.Split('?')[0];
        var text = new StringBuilder().Append(request.Method).Append('\n').Append(path.Length == 0 ? "/" : path).Append('\n')
            .AppendJoin('&', request.Query.Where(static pair => pair.Key != "X-Amz-Signature")
                .SelectMany(static pair => pair.Value.Select(value => (pair.Key, Value: value ?? "")))
                .Select(static pair => (Key: Uri.EscapeDataString(pair.Key), Value: Uri.EscapeDataString(pair.Value)))
                .OrderBy(static pair => pair.Key, StringComparer.Ordinal).ThenBy(static pair => pair.Value, StringComparer.Ordinal)
                .Select(static pair => $"{pair.Key}={pair.Value}"))
            .Append('\n');
        foreach (var name in names)
        {
            var value = name.Equals("host", StringComparison.OrdinalIgnoreCase) ? request.Host.Value ?? ""
                : string.Join(',', request.Headers[name].Select(static value => OneSpace(value ?? "")));
            text.Append(name).Append(':').Append(value).Append('\n');
        }

        return text.Append('\n').Append(signedHeaders).Append('\n').Append(Hex(SHA256.HashData(body))).ToString();
    }

    private static string OneSpace(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Iso(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
