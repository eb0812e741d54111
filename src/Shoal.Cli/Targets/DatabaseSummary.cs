using Shoal.Protocol;

namespace Shoal.Cli.Targets;

/// <summary>A database as commands show it.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">Its name.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="FileBytes">Its size; null where it was not asked for.</param>
/// <param name="TableCount">Its tables; null where they were not asked for.</param>
internal sealed record DatabaseSummary(DatabaseId Id, string Name, DateTimeOffset CreatedAt, long? FileBytes, int? TableCount);
