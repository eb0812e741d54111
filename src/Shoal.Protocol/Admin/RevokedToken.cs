namespace Shoal.Protocol.Admin;

/// <summary>A token that no longer works.</summary>
/// <param name="Id">Its id.</param>
public sealed record RevokedToken(string Id);
