namespace Shoal.PowerCut;

/// <summary>The load did not get through.</summary>
internal sealed class LoadException(string message) : IOException(message);
