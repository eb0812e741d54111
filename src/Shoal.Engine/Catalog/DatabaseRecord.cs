using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>What the catalog knows of one database.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Account">The account that owns it.</param>
/// <param name="Name">Unique within the account.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="LocationHint">D1's <c>primary_location_hint</c> in lower case, or null.</param>
/// <param name="Jurisdiction">D1's <c>jurisdiction</c>, or null.</param>
/// <param name="ReadReplication">D1's <c>read_replication.mode</c>: <c>auto</c> or <c>disabled</c>.</param>
public sealed record DatabaseRecord(
    DatabaseId Id,
    string Account,
    string Name,
    DateTimeOffset CreatedAt,
    string? LocationHint,
    string? Jurisdiction,
    string ReadReplication);
