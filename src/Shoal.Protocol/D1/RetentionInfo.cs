namespace Shoal.Protocol.D1;

/// <summary>Result of <c>GET</c> and <c>PUT /time_travel/retention</c>.</summary>
/// <param name="Days">For how many days states of the database can be restored at least.</param>
/// <param name="IsDefault">Whether that is what the server keeps of all.</param>
public sealed record RetentionInfo(double Days, bool IsDefault);
