namespace Shoal.Server.Http;

/// <summary>What a route demands of the caller. The order is the order of permissions.</summary>
internal enum Access
{
    /// <summary>
    /// Nothing: health, URLs that carry their own signature, and bindings, which find out who asks by themselves because
    /// their token may stand in the path.
    /// </summary>
    Open,

    /// <summary>Any live token.</summary>
    Token,

    /// <summary>A live token that reaches the account and the database of the path.</summary>
    Read,

    /// <summary>The same, with permission to write.</summary>
    Write,

    /// <summary>A live token with permission to administer.</summary>
    Admin,
}
