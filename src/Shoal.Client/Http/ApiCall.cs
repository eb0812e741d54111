using Shoal.Client.D1;

namespace Shoal.Client.Http;

/// <summary>One request to the API, as often as it is sent.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">Below the account, without a leading slash.</param>
/// <param name="Body">JSON, or null.</param>
/// <param name="Database">What the caller called the database; null when it is about none.</param>
/// <param name="IsRepeatable">Whether it does no harm when it runs twice.</param>
/// <param name="StatementCount">Statements in the body.</param>
/// <param name="Session">The session it belongs to; null for none.</param>
/// <param name="IsOnce">Whether it is sent once only: its sender repeats by itself.</param>
internal sealed record ApiCall(
    HttpMethod Method,
    string Path,
    JsonBuffer? Body,
    string? Database,
    bool IsRepeatable,
    int StatementCount = 0,
    SessionState? Session = null,
    bool IsOnce = false);
