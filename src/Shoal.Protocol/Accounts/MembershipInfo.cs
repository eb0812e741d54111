namespace Shoal.Protocol.Accounts;

/// <summary>That a token's owner belongs to an account.</summary>
/// <param name="Id">The account's id.</param>
/// <param name="Status">Always <c>accepted</c>.</param>
/// <param name="Account">The account.</param>
/// <param name="Roles">The token's permission.</param>
public sealed record MembershipInfo(string Id, string Status, AccountInfo Account, IReadOnlyList<string> Roles);
