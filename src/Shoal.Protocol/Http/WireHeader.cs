namespace Shoal.Protocol.Http;

/// <summary>Names of HTTP headers that are not standard ones.</summary>
public static class WireHeader
{
    /// <summary>An API key (here: a token); sent with <see cref="AuthEmail"/>.</summary>
    public const string AuthKey = "X-Auth-Key";

    /// <summary>The owner of an <see cref="AuthKey"/>; required beside it and otherwise ignored.</summary>
    public const string AuthEmail = "X-Auth-Email";

    /// <summary>A service key (here: a token).</summary>
    public const string AuthUserServiceKey = "X-Auth-User-Service-Key";

    /// <summary>On failures: <c>err=</c> and the code.</summary>
    public const string D1Error = "cf-d1";

    /// <summary><c>strict</c> or <c>relaxed</c>: how closely this request follows D1.</summary>
    public const string Compatibility = "x-shoal-compatibility";

    /// <summary>On failures of a statement: which item of the batch it was, from 0. D1 does not say.</summary>
    public const string FailedStatement = "x-shoal-failed-statement";

    /// <summary>
    /// On requests that run SQL a session's constraint or bookmark, on their replies the newest bookmark. Source: the name is
    /// in workerd's <c>cloudflare-internal:d1-api</c>; D1 has it for bindings only.
    /// </summary>
    public const string SessionCommitToken = "x-cf-d1-session-commit-token";

    /// <summary>Id or name of the database, on binding requests whose path names none.</summary>
    public const string BindingDatabase = "x-d1-database-id";

    /// <summary><c>true</c> or <c>false</c>: whether this binding request creates a database that does not exist.</summary>
    public const string CreateOnUse = "x-shoal-create-on-use";

    /// <summary>The URL of a binding request that comes through Miniflare's remote proxy.</summary>
    public const string ProxiedUrl = "MF-URL";

    /// <summary>Before the name of each header of a binding request that comes through Miniflare's remote proxy.</summary>
    public const string ProxiedHeaderPrefix = "MF-Header-";
}
