namespace Shoal.Engine.Catalog;

/// <summary>An administrative act, to be noted.</summary>
/// <param name="Actor">Who: a token's id, <c>server</c> or <c>command-line</c>. Never a secret.</param>
/// <param name="Origin">From where: an address, or <c>local</c> and a user's name.</param>
/// <param name="Action">What; see <see cref="AuditAction"/>.</param>
/// <param name="Account">The account it concerns; null when it is none or all.</param>
/// <param name="Subject">Id of the database or token it was done to; null when it is neither.</param>
/// <param name="Detail">More of it, as a JSON object. Never a secret, never data of a database.</param>
public sealed record AuditEntry(
    string Actor,
    string Origin,
    string Action,
    string? Account,
    string? Subject,
    string Detail);
