using System.Buffers;
using System.Security.Cryptography;
using Shoal.Protocol;
using Shoal.Server.Http;

namespace Shoal.Server.Transfer;

/// <summary>The files that clients have announced or uploaded and not yet imported.</summary>
/// <remarks>Thread: safe for any.</remarks>
internal sealed class UploadStore(TransferFolder folder, ServerOptions options)
{
    private const int PieceBytes = 128 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, UploadSlot> _slots = new(StringComparer.Ordinal);

    /// <summary>Makes room for a file. A database with too many has its oldest one removed.</summary>
    /// <exception cref="RequestException">There are too many of all databases, or all of this one are arriving.</exception>
    public UploadSlot Announce(DatabaseId database, string etag)
    {
        var expiresAt = options.TimeProvider.GetUtcNow().Add(options.Transfers.Age);
        var slot = new UploadSlot(RandomNumberGenerator.GetHexString(32, lowercase: true), database, etag, expiresAt);
        UploadSlot? oldest = null;
        lock (_gate)
        {
            var mine = _slots.Values.Where(other => other.Database == database).ToList();
            if (mine.Count >= options.Transfers.UploadsPerDatabaseMax)
            {
                oldest = mine.Where(static other => other.State != UploadState.Arriving).MinBy(static other => other.ExpiresAt)
                    ?? throw new RequestException(RequestErrorKind.Overloaded, "Too many uploads for this database; try again later.");
                _slots.Remove(oldest.Id);
            }

            if (_slots.Count >= options.Transfers.UploadsMax)
            {
                throw new RequestException(RequestErrorKind.Overloaded, "Too many uploads wait to be imported; try again later.");
            }

            _slots.Add(slot.Id, slot);
        }

        oldest?.File?.Dispose();
        return slot;
    }

    /// <summary>Receives an announced file. A file that arrived before is replaced.</summary>
    public async Task<UploadSlot> ReceiveAsync(string id, Stream body, CancellationToken cancellationToken)
    {
        var slot = Begin(id);
        SpoolFile? file = null;
        try
        {
            file = new SpoolFile(folder, ".sql", options.ImportBytesMax);
            var etag = await CopyAsync(body, file, cancellationToken);
            await file.CompleteAsync();
            if (etag != slot.Etag)
            {
                throw RequestException.Malformed($"the file's MD5 is {etag}, announced was {slot.Etag}; upload it again");
            }

            Finish(slot, ref file);
            return slot;
        }
        finally
        {
            if (file is not null)
            {
                await file.DisposeAsync();
            }

            lock (_gate)
            {
                slot.State = slot.File is null ? UploadState.Announced : UploadState.Arrived;
            }
        }
    }

    /// <summary>Copies a body into a file and returns its MD5 as lower-case hex.</summary>
    public static async Task<string> CopyAsync(Stream body, SpoolFile file, CancellationToken cancellationToken)
    {
#pragma warning disable CA5351 // the protocol's ETag is an MD5; it guards against accidents, not against attackers
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (await body.ReadAsync(piece, cancellationToken) is var count and > 0)
            {
                hash.AppendData(piece, 0, count);
                await file.WriteAsync(piece.AsMemory(0, count), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Hands out an uploaded file to be imported; the caller disposes it. Null when there is no such file.</summary>
    public SpoolFile? Take(DatabaseId database, string fileName, string etag)
    {
        lock (_gate)
        {
            var id = fileName.Split('.')[0];
            if (!_slots.TryGetValue(id, out var slot) || slot.FileName != fileName || slot.Etag != etag
                || slot.Database != database || slot.State != UploadState.Arrived)
            {
                return null;
            }

            _slots.Remove(id);
            return slot.File;
        }
    }

    /// <summary>Removes what is too old.</summary>
    public void Sweep(DateTimeOffset now) => Remove(slot => slot.ExpiresAt <= now);

    /// <summary>Removes what is for a database.</summary>
    public void Forget(DatabaseId database) => Remove(slot => slot.Database == database);

    /// <summary>Removes slots, but for those whose file is arriving: they grow old.</summary>
    private void Remove(Func<UploadSlot, bool> isMeant)
    {
        List<UploadSlot> old;
        lock (_gate)
        {
            old = [.. _slots.Values.Where(slot => slot.State != UploadState.Arriving && isMeant(slot))];
            foreach (var slot in old)
            {
                _slots.Remove(slot.Id);
            }
        }

        foreach (var slot in old)
        {
            slot.File?.Dispose();
        }
    }

    private UploadSlot Begin(string id)
    {
        lock (_gate)
        {
            if (!_slots.TryGetValue(id, out var slot))
            {
                throw new RequestException(RequestErrorKind.NotFound, "Nothing is expected at this URL; start the import again");
            }

            if (slot.State == UploadState.Arriving)
            {
                throw RequestException.Malformed("this file is being uploaded already");
            }

            slot.State = UploadState.Arriving;
            return slot;
        }
    }

    private void Finish(UploadSlot slot, ref SpoolFile? file)
    {
        lock (_gate)
        {
            slot.File?.Dispose();
            slot.File = file;
            file = null;
        }
    }
}
