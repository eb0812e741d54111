namespace Shoal.Server.Http;

/// <summary>Why the server refused a request before, or instead of, asking the engine.</summary>
internal enum RequestErrorKind
{
    /// <summary>No such path.</summary>
    RouteNotFound,

    /// <summary>The path exists, the method does not.</summary>
    MethodNotAllowed,

    /// <summary>The request cannot be understood.</summary>
    Malformed,

    /// <summary>The body is larger than the route takes.</summary>
    BodyTooLarge,

    /// <summary>The body arrives too slowly, or ends early.</summary>
    BodyIncomplete,

    /// <summary>The body is compressed.</summary>
    EncodingNotSupported,

    /// <summary>No credentials.</summary>
    CredentialsMissing,

    /// <summary>Credentials that are unknown, revoked or expired.</summary>
    CredentialsWrong,

    /// <summary>Good credentials that do not reach that far.</summary>
    PermissionDenied,

    /// <summary>What the path names does not exist.</summary>
    NotFound,

    /// <summary>A signed URL that is not ours, or too old.</summary>
    UrlNotValid,

    /// <summary>The server holds as much as it may; try again later.</summary>
    Overloaded,

    /// <summary>A defect of the server.</summary>
    Internal,
}
