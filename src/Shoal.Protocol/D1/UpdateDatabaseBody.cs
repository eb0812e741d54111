namespace Shoal.Protocol.D1;

/// <summary>Body of <c>PUT</c> and <c>PATCH /database/{id}</c>.</summary>
public sealed record UpdateDatabaseBody
{
    /// <summary>Required with PUT.</summary>
    public ReadReplication? ReadReplication { get; init; }
}
