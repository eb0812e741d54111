namespace Shoal.Server.Tests.Auth;

/// <summary>How a route met a caller.</summary>
public enum AccessOutcome
{
    /// <summary>The caller was let in, whatever became of the request.</summary>
    Passed,

    /// <summary>There is no token.</summary>
    Missing,

    /// <summary>The token is unknown, revoked or expired.</summary>
    Wrong,

    /// <summary>The token does not reach that far.</summary>
    Denied,

    /// <summary>For this token there is no such database.</summary>
    Hidden,

    /// <summary>The URL carries no signature of ours.</summary>
    Unsigned,
}
