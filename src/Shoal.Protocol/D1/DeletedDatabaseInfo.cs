namespace Shoal.Protocol.D1;

/// <summary>A deleted database that history may still have.</summary>
/// <param name="Uuid">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="CreatedAt">When it was created; ISO 8601.</param>
/// <param name="DeletedAt">When it was deleted; ISO 8601.</param>
public sealed record DeletedDatabaseInfo(string Uuid, string Name, string CreatedAt, string DeletedAt);
