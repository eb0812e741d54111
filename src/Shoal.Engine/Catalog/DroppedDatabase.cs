using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>A database that was deleted and can be brought back while history has it.</summary>
/// <param name="Id">Its identity, which no other database will have.</param>
/// <param name="Account">The account that owned it.</param>
/// <param name="Name">Its name; another database may have it by now.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="DroppedAt">When it was deleted.</param>
public sealed record DroppedDatabase(
    DatabaseId Id, string Account, string Name, DateTimeOffset CreatedAt, DateTimeOffset DroppedAt);
