namespace Shoal.Engine.History.Stores;

/// <summary>An object that a store lists.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its length.</param>
public readonly record struct StoredObject(string Name, long Bytes);
