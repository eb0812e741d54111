namespace Shoal.Protocol.D1;

/// <summary>Body of <c>PUT /time_travel/retention</c>.</summary>
public sealed record RetentionBody
{
    /// <summary>For how many days history of the database is kept; null for what the server keeps of all.</summary>
    public int? Days { get; init; }
}
