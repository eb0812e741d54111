namespace Shoal.Server.Http;

/// <summary>Where a path leads.</summary>
internal struct RouteMatch
{
    /// <summary>The route, or null when none has this path and method.</summary>
    public Route? Route;

    /// <summary>Routes with this path and any method; null or empty when the path is unknown.</summary>
    public IReadOnlyList<Route>? Allowed;

    /// <summary>Where <c>{account}</c> stands in the path.</summary>
    public Range Account;

    /// <summary>Where <c>{database}</c> stands in the path.</summary>
    public Range Database;

    /// <summary>Where <c>{item}</c> stands in the path.</summary>
    public Range Item;
}
