namespace Shoal.Protocol.Accounts;

/// <summary>An account that a token reaches.</summary>
/// <param name="Id">As in paths.</param>
/// <param name="Name">For people; the same as the id.</param>
/// <param name="Type">Always <c>standard</c>.</param>
public sealed record AccountInfo(string Id, string Name, string Type = "standard");
