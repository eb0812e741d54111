namespace Shoal.Engine.History;

/// <summary>What a <see cref="HistoryRequest"/> asks for.</summary>
internal enum HistoryRequestKind
{
    Seal,
    Snapshot,
    Bases,
    Expire,
    Compact,
}
