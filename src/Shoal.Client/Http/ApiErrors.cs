using System.Globalization;
using System.Net;
using System.Text.Json;
using Shoal.Protocol;
using Shoal.Protocol.Http;

namespace Shoal.Client.Http;

/// <summary>Turns replies and broken connections into the client's errors. The one place that does.</summary>
internal static class ApiErrors
{
    private const int MessageLengthMax = 500;

    /// <summary>A reply that is no success.</summary>
    public static ShoalException OfReply(HttpResponseMessage response, ReadOnlySpan<byte> body, ApiCall call, ShoalTarget target)
    {
        var error = FirstError(body);
        var isOurs = target == ShoalTarget.Shoal && error is not null && response.Headers.Contains(WireHeader.D1Error);
        var message = error?.Message
            ?? string.Create(CultureInfo.InvariantCulture, $"the server answered {(int)response.StatusCode} without saying why");
        var kind = KindOf(response.StatusCode, error, message, isOurs);
        if (kind == ShoalErrorKind.DatabaseNotFound)
        {
            message = $"The database {call.Database} could not be found";
        }

        return new ShoalException(kind, message)
        {
            Code = error?.Code ?? 0,
            Status = response.StatusCode,
            Database = call.Database,
            StatementIndex = StatementIndexOf(response, kind, call),
            Hint = HintOf(kind),
            MayHaveBeenApplied = MayHaveBeenApplied(kind, isOurs),
            RetryAfter = RetryAfter(response),
        };
    }

    /// <summary>No reply, or half of one.</summary>
    public static ShoalException OfTransport(Exception error, ApiCall call)
    {
        var unsent = error is HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        };
        return new ShoalException(unsent ? ShoalErrorKind.Unreachable : ShoalErrorKind.ConnectionLost,
            unsent ? $"no connection to the server: {error.Message}" : $"the connection broke: {error.Message}", error)
        {
            Database = call.Database,
            Hint = unsent ? "check that the server runs and that the address is right" : "",
            MayHaveBeenApplied = !unsent,
        };
    }

    /// <summary>No reply within the client's own limit.</summary>
    public static ShoalException OfTimeout(TimeSpan timeout, ApiCall call, Exception? inner = null) => new(
        ShoalErrorKind.Timeout, string.Create(CultureInfo.InvariantCulture, $"no reply within {timeout.TotalSeconds:0.###} s"),
        inner)
    {
        Database = call.Database,
        Hint = $"raise {nameof(ShoalClientOptions.Timeout)}, or send less at once",
        MayHaveBeenApplied = true,
    };

    /// <summary>A reply that says success and is not what was to come.</summary>
    public static ShoalException Malformed(string what, string? database, Exception? inner = null) => new(
        ShoalErrorKind.MalformedReply, $"the reply is not that of D1's API: {what}", inner)
    {
        Database = database,
        Hint = "check that the address leads to a D1 API and that nothing in between answers in its place",
        MayHaveBeenApplied = true,
    };

    /// <summary>More than the client is willing to keep.</summary>
    public static ShoalException ReplyTooLarge(int bytesMax, string? database) =>
        new(ShoalErrorKind.InvalidRequest, $"the reply is larger than {bytesMax} bytes")
        {
            Database = database,
            Hint = "select fewer rows or columns, use LIMIT, or read it as a stream",
            MayHaveBeenApplied = true,
        };

    /// <summary>Nobody has heard of a database.</summary>
    public static ShoalException DatabaseNotFound(string nameOrId) =>
        new(ShoalErrorKind.DatabaseNotFound, $"The database {nameOrId} could not be found")
        {
            Code = D1ErrorCode.NotFound,
            Database = nameOrId,
            Hint = HintOf(ShoalErrorKind.DatabaseNotFound),
        };

    /// <summary>Refused by the client: nothing was sent.</summary>
    public static ShoalException Refused(string message, string hint, string? database = null) =>
        new(ShoalErrorKind.InvalidRequest, message) { Database = database, Hint = hint };

    private static ShoalErrorKind KindOf(HttpStatusCode status, ApiError? error, string message, bool isOurs) =>
        ((int)status, error?.Code) switch
    {
        (429, _) => ShoalErrorKind.Overloaded,
        (404, D1ErrorCode.NotFound) => ShoalErrorKind.DatabaseNotFound,

        // What is no UUID was a name, and there is no database with it.
        (400, D1ErrorCode.Malformed) when message.Contains("databaseId", StringComparison.Ordinal) =>
            ShoalErrorKind.DatabaseNotFound,
        (401 or 403, _) or (400, D1ErrorCode.CredentialsMissing) => ShoalErrorKind.Unauthorized,
        (503 or 502, _) => ShoalErrorKind.Unavailable,
        (504 or 408, _) => ShoalErrorKind.Timeout,
        ( >= 500, _) => ShoalErrorKind.ServerError,
        (_, D1ErrorCode.NameTaken) => ShoalErrorKind.NameTaken,

        // Of D1 nobody knows whether the object was reset before or after the commit; a Shoal server rolls back and says so.
        (400, D1ErrorCode.QueryFailed) when !isOurs && message.Contains("object to be reset", StringComparison.Ordinal) =>
            ShoalErrorKind.Timeout,
        (400, D1ErrorCode.QueryFailed) when isOurs && message.StartsWith("history does not have ", StringComparison.Ordinal) =>
            ShoalErrorKind.InvalidRequest,
        (400, D1ErrorCode.QueryFailed) when IsConstraint(message) => ShoalErrorKind.Constraint,
        (400, D1ErrorCode.QueryFailed) => ShoalErrorKind.Sql,
        ( >= 200 and < 300, _) => ShoalErrorKind.MalformedReply,
        _ => ShoalErrorKind.InvalidRequest,
    };

    private static bool IsConstraint(string message) =>
        message.Contains("SQLITE_CONSTRAINT", StringComparison.Ordinal)
        || message.Contains(" constraint failed", StringComparison.Ordinal);

    /// <summary>
    /// A refusal was never run, and an SQL error was rolled back. A Shoal server says 503 only of what had no effect
    /// (docs/reference/errors.md); of anyone else's, and of every other 5xx, nothing is known.
    /// </summary>
    private static bool MayHaveBeenApplied(ShoalErrorKind kind, bool isOurs) => kind switch
    {
        ShoalErrorKind.Unavailable => !isOurs,
        ShoalErrorKind.ServerError or ShoalErrorKind.Timeout or ShoalErrorKind.MalformedReply
            or ShoalErrorKind.ConnectionLost => true,
        ShoalErrorKind.Sql or ShoalErrorKind.Constraint or ShoalErrorKind.DatabaseNotFound or ShoalErrorKind.NameTaken
            or ShoalErrorKind.InvalidRequest or ShoalErrorKind.Unauthorized or ShoalErrorKind.Overloaded
            or ShoalErrorKind.Unreachable => false,
    };

    /// <summary>A Shoal server says it in a header; D1 does not.</summary>
    private static int? StatementIndexOf(HttpResponseMessage response, ShoalErrorKind kind, ApiCall call)
    {
        if (response.Headers.TryGetValues(WireHeader.FailedStatement, out var values)
            && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return index;
        }

        return kind is ShoalErrorKind.Sql or ShoalErrorKind.Constraint && call.StatementCount == 1 ? 0 : null;
    }

    /// <summary>What to do about errors of a kind; empty where the message says it all.</summary>
    public static string HintOf(ShoalErrorKind kind) => kind switch
    {
        ShoalErrorKind.DatabaseNotFound =>
            $"create it with {nameof(ShoalClient.GetOrCreateDatabaseAsync)}, or check account and name",
        ShoalErrorKind.Unauthorized => "check the token, its account, its databases and its permission",
        ShoalErrorKind.Overloaded => "send less at once, or again later",
        _ => "",
    };

    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter?.Delta;

    private static ApiError? FirstError(ReadOnlySpan<byte> body)
    {
        try
        {
            var envelope = JsonSerializer.Deserialize(body, WireJson.Instance.AnyEnvelope);
            return envelope?.Errors is [var first, ..] ? first with { Message = Shortened(first.Message) } : null;
        }
        catch (JsonException)
        {
            // Something in between answered: a proxy's page says nothing that can be passed on.
            return null;
        }
    }

    private static string Shortened(string? message) =>
        message is null ? "no message" : message.Length <= MessageLengthMax ? message : message[..MessageLengthMax] + "…";
}
