using System.Globalization;
using Microsoft.AspNetCore.Http;
using Shoal.Engine;
using Shoal.Protocol.Http;

namespace Shoal.Server.Http;

/// <summary>The one place where reasons become HTTP statuses, codes and texts.</summary>
/// <remarks>
/// The switches have no default arm: a new kind fails the build. Official clients send a request again on 408, 409, 429 and
/// 5xx, so nothing that may have had an effect, or will fail again, has one of these. Kept in step with
/// <c>docs/reference/errors.md</c>.
/// </remarks>
internal static class ErrorMapping
{
    public static ErrorReply Of(RequestException error) => error.Kind switch
    {
        RequestErrorKind.RouteNotFound => new(404, D1ErrorCode.RouteNotFound, error.Message),
        RequestErrorKind.MethodNotAllowed => new(405, D1ErrorCode.MethodNotAllowed, error.Message),
        RequestErrorKind.Malformed => new(400, D1ErrorCode.Malformed, error.Message),
        RequestErrorKind.BodyTooLarge => new(413, D1ErrorCode.Malformed, error.Message),
        RequestErrorKind.BodyIncomplete => new(400, D1ErrorCode.Malformed, error.Message),
        RequestErrorKind.EncodingNotSupported => new(415, D1ErrorCode.Malformed, error.Message),
        RequestErrorKind.CredentialsMissing => new(400, D1ErrorCode.CredentialsMissing, error.Message,
            Explanation: "the request carries no token (send it as Authorization: Bearer <token>, or in the address as "
                + "/binding/<token>@<name> or /mf/<token>@<name>)"),
        RequestErrorKind.CredentialsWrong => new(401, D1ErrorCode.AuthenticationError, error.Message,
            Explanation: "Authentication error (the token is unknown, revoked or expired)"),
        RequestErrorKind.PermissionDenied => new(403, D1ErrorCode.AuthenticationError, error.Message,
            Explanation: "Authentication error (the token does not reach this database, or may not do this)"),
        RequestErrorKind.NotFound => new(404, D1ErrorCode.NotFound, error.Message),
        RequestErrorKind.UrlNotValid => new(403, D1ErrorCode.AuthenticationError, error.Message),
        RequestErrorKind.Overloaded => new(429, D1ErrorCode.QueryFailed, error.Message, RetryAfterSeconds: 1),
        RequestErrorKind.Internal => new(500, D1ErrorCode.QueryFailed, error.Message),
    };

    public static ErrorReply Of(EngineException error) => error.Kind switch
    {
        // Clients match on D1's own texts: where there is one, it gets no hint.
        EngineErrorKind.Sql => new(400, D1ErrorCode.QueryFailed, error.Message),
        EngineErrorKind.DatabaseNotFound => new(404, D1ErrorCode.NotFound, error.Message),
        EngineErrorKind.NameTaken => new(400, D1ErrorCode.NameTaken, error.Message),
        EngineErrorKind.InvalidArgument => new(400, D1ErrorCode.Malformed, WithHint(error)),
        EngineErrorKind.LimitExceeded when error.DatabaseId is null =>
            new(400, D1ErrorCode.LimitReached, error.Message),
        EngineErrorKind.LimitExceeded => new(400, D1ErrorCode.QueryFailed, WithHint(error)),
        EngineErrorKind.OutOfMemory => new(400, D1ErrorCode.QueryFailed, error.Message),
        EngineErrorKind.Overloaded => new(429, D1ErrorCode.QueryFailed, error.Message, RetryAfterSeconds: 1),
        EngineErrorKind.Timeout => new(400, D1ErrorCode.QueryFailed, error.Message),
        EngineErrorKind.NotRestorable => new(400, D1ErrorCode.QueryFailed, WithHint(error)),
        EngineErrorKind.ReadOnly => new(403, D1ErrorCode.AuthenticationError, "Authentication error",
            Explanation: WithHint(error)),
        EngineErrorKind.Corruption => new(500, D1ErrorCode.QueryFailed, WithHint(error)),
        EngineErrorKind.StorageUnavailable => new(503, D1ErrorCode.QueryFailed, WithHint(error), RetryAfterSeconds: 5),
        EngineErrorKind.DataFolderInUse => new(503, D1ErrorCode.QueryFailed, WithHint(error), RetryAfterSeconds: 5),
        EngineErrorKind.ShuttingDown => new(503, D1ErrorCode.QueryFailed, WithHint(error), RetryAfterSeconds: 1),
    };

    /// <summary>What Kestrel found wrong while the body was being read.</summary>
    public static RequestException Of(BadHttpRequestException error) => error.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => new(RequestErrorKind.BodyTooLarge,
            "The request is malformed: the body is larger than this route takes; use the import or upload route for files."),
        _ => new(RequestErrorKind.BodyIncomplete, string.Create(CultureInfo.InvariantCulture,
            $"The request is malformed: the body could not be read ({error.Message})")),
    };

    private static string WithHint(EngineException error) =>
        error.Hint is null ? error.Message : $"{error.Message} ({error.Hint})";
}
