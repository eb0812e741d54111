namespace Shoal.Protocol.D1;

/// <summary>A finished export.</summary>
/// <param name="Filename">A name for the file.</param>
/// <param name="SignedUrl">Where to get it, without credentials, for one hour.</param>
public sealed record ExportFile(string Filename, string SignedUrl);
