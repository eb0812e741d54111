namespace Shoal.Server.Http;

/// <summary>An error as it goes over the wire.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Code of the envelope's error.</param>
/// <param name="Message">Text of the envelope's error.</param>
/// <param name="RetryAfterSeconds">When to try again; 0 when trying again does not help.</param>
/// <param name="Explanation">
/// What a binding's client is told instead, where nobody matches on the text; null for the message.
/// </param>
internal readonly record struct ErrorReply(
    int Status,
    int Code,
    string Message,
    int RetryAfterSeconds = 0,
    string? Explanation = null);
