using Shoal.Protocol;

namespace Shoal.Server.Transfer;

/// <summary>A file that a client has announced for an import.</summary>
internal sealed class UploadSlot(string id, DatabaseId database, string etag, DateTimeOffset expiresAt)
{
    public string Id { get; } = id;

    public DatabaseId Database { get; } = database;

    /// <summary>MD5 of the file, lower-case hex.</summary>
    public string Etag { get; } = etag;

    public DateTimeOffset ExpiresAt { get; } = expiresAt;

    /// <summary>The name the client repeats when it wants the file ingested.</summary>
    public string FileName => $"{Id}.{Etag}.sql";

    public UploadState State { get; set; }

    /// <summary>The file once it has arrived.</summary>
    public SpoolFile? File { get; set; }
}
