namespace Shoal.Protocol.Accounts;

/// <summary>Who a token speaks for. The server has no people: these are the token's id and name.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Email">The token's name.</param>
public sealed record UserInfo(string Id, string Email);
