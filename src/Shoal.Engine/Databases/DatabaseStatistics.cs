namespace Shoal.Engine.Databases;

/// <summary>Size and shape of one database now.</summary>
/// <param name="FileBytes">Pages × page size, free pages included.</param>
/// <param name="TableCount">Ordinary tables (not SQLite's own).</param>
public sealed record DatabaseStatistics(long FileBytes, int TableCount);
