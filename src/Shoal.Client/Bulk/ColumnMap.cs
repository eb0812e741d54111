namespace Shoal.Client.Bulk;

/// <summary>A column and what goes into it.</summary>
internal sealed record ColumnMap<T>(string Name, Func<T, SqlValue> Value, bool IsKey);
