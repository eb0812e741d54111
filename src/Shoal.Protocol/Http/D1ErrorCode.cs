namespace Shoal.Protocol.Http;

/// <summary>The numbers in <c>errors[].code</c> of a reply.</summary>
/// <remarks>Source: Cloudflare API replies; each has a row in <c>docs/reference/errors.md</c>.</remarks>
public static class D1ErrorCode
{
    /// <summary>The token of <c>/user/tokens/verify</c> is not one.</summary>
    public const int InvalidToken = 1000;

    /// <summary>No such route.</summary>
    public const int RouteNotFound = 7003;

    /// <summary>The request is malformed.</summary>
    public const int Malformed = 7400;

    /// <summary>The database, or what the path names, does not exist.</summary>
    public const int NotFound = 7404;

    /// <summary>A limit of the account or the server is reached.</summary>
    public const int LimitReached = 7406;

    /// <summary>The SQL or the engine failed.</summary>
    public const int QueryFailed = 7500;

    /// <summary>The name is taken.</summary>
    public const int NameTaken = 7502;

    /// <summary>The request carries no credentials.</summary>
    public const int CredentialsMissing = 9106;

    /// <summary>The credentials are wrong, or do not reach that far.</summary>
    public const int AuthenticationError = 10000;

    /// <summary>The route exists, the method does not.</summary>
    public const int MethodNotAllowed = 10405;
}
