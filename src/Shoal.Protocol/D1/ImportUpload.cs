namespace Shoal.Protocol.D1;

/// <summary>Where to upload the file of an import: the reply to <c>init</c>.</summary>
/// <param name="Filename">To be repeated with <c>ingest</c>.</param>
/// <param name="UploadUrl">Where to PUT the file, without credentials.</param>
/// <param name="Success">Always true.</param>
public sealed record ImportUpload(string Filename, string UploadUrl, bool Success = true);
