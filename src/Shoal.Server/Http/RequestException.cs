namespace Shoal.Server.Http;

/// <summary>The server refuses a request. Becomes an error reply; see <see cref="ErrorMapping"/>.</summary>
internal sealed class RequestException(RequestErrorKind kind, string message) : Exception(message)
{
    public RequestErrorKind Kind { get; } = kind;

    /// <summary>D1's form of "this request makes no sense".</summary>
    public static RequestException Malformed(string what) =>
        new(RequestErrorKind.Malformed, "The request is malformed: " + what);

    public static RequestException PermissionDenied() => new(RequestErrorKind.PermissionDenied, "Authentication error");

    public static RequestException DatabaseNotFound(string idOrName) =>
        new(RequestErrorKind.NotFound, $"The database {RequestTarget.WithoutSecret(idOrName)} could not be found");
}
