namespace Shoal.Engine.History;

/// <summary>A block, and the pack it is in.</summary>
/// <param name="Pack">The pack's file name.</param>
/// <param name="Entry">The block.</param>
internal readonly record struct PlacedEntry(string Pack, PackEntry Entry);
