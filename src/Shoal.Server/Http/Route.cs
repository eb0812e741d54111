namespace Shoal.Server.Http;

/// <summary>Answers a request whose route, caller, account and database are known.</summary>
internal delegate ValueTask RouteHandler(Exchange exchange);

/// <summary>One row of the table of routes.</summary>
/// <param name="Method">HTTP method, upper case.</param>
/// <param name="Pattern">
/// Path whose segments are literals, <c>{account}</c>, <c>{database}</c> or <c>{item}</c>.
/// </param>
/// <param name="Access">What the caller must be allowed to do.</param>
/// <param name="Handler">Who answers.</param>
internal sealed record Route(string Method, string Pattern, Access Access, RouteHandler Handler)
{
    /// <summary>Whether the whole account is concerned, so that a token confined to databases does not reach it.</summary>
    public bool WholeAccount { get; init; }

    /// <summary>How a failure is written.</summary>
    public FailureShape Failure { get; init; }
}
