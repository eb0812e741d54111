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
}
