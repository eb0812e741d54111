namespace Shoal.Protocol.D1;

/// <summary>A state of a database.</summary>
/// <param name="Bookmark">Its name.</param>
/// <param name="Time">Since when the database was like that; ISO 8601.</param>
public sealed record HistoryPoint(string Bookmark, string Time);
