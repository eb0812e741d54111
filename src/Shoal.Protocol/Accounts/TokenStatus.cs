namespace Shoal.Protocol.Accounts;

/// <summary>The reply to <c>/user/tokens/verify</c>.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Status">Always <c>active</c>: any other token is refused.</param>
/// <param name="ExpiresOn">When it stops working; absent for never.</param>
public sealed record TokenStatus(string Id, string Status, DateTimeOffset? ExpiresOn);
