namespace Shoal.Engine.History.Stores;

/// <summary>A pack that is in a history store.</summary>
/// <param name="Info">As the node's manifest has it.</param>
/// <param name="Hash">SHA-256 of the whole file, in hexadecimal.</param>
internal sealed record StoredPack(PackInfo Info, string Hash);
