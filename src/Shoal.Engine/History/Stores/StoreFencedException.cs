namespace Shoal.Engine.History.Stores;

/// <summary>Another node has taken the history store over.</summary>
/// <param name="address">The store.</param>
internal sealed class StoreFencedException(string address) : EngineException(
    EngineErrorKind.InvalidArgument,
    $"another node writes to the history store {address}; this one has stopped uploading to it",
    "Only one node may use a store. If the other one was restored in place of this one, stop this one; else give them stores, or "
    + "prefixes, of their own.");
