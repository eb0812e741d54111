using System.Globalization;
using Microsoft.Extensions.Logging;
using Shoal.Protocol;

namespace Shoal.Engine.Storage;

/// <summary>Refuses writes while the disk is nearly full, so that reads, deletions and checkpoints always have room.</summary>
/// <remarks>
/// Looks at most once per second while there is room, and each time while there is not: writes work again by themselves.
/// Thread: safe for any.
/// </remarks>
internal sealed class FreeSpaceGuard(EngineOptions options)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = options.LoggerFactory.CreateLogger<FreeSpaceGuard>();
    private long _lookedAt;
    private volatile bool _looked;
    private int _refusing;

    /// <summary>Passes when there is room to write.</summary>
    /// <param name="id">The database to be written; null for none in particular.</param>
    /// <exception cref="EngineException">There is not; nothing was written.</exception>
    public void Check(DatabaseId? id)
    {
        if (options.FreeBytesMin == 0
            || (_looked && options.TimeProvider.GetElapsedTime(Volatile.Read(ref _lookedAt)) < LookInterval))
        {
            return;
        }

        DiskSpace space;
        try
        {
            space = options.ReadDiskSpace(options.DataFolder);
        }
        catch (IOException)
        {
            // A file system that does not tell: then its own errors have to do.
            return;
        }

        var mark = options.FreeBytesMin ?? DiskSpace.DefaultMark(space.TotalBytes);
        if (space.FreeBytes >= mark)
        {
            Volatile.Write(ref _lookedAt, options.TimeProvider.GetTimestamp());
            _looked = true;
            if (Interlocked.Exchange(ref _refusing, 0) == 1)
            {
                EngineLog.DiskHasRoom(_logger, space.FreeBytes);
            }

            return;
        }

        _looked = false;
        if (Interlocked.Exchange(ref _refusing, 1) == 0)
        {
            EngineLog.DiskNearlyFull(_logger, space.FreeBytes, mark);
        }

        throw new EngineException(EngineErrorKind.StorageUnavailable, string.Create(CultureInfo.InvariantCulture,
            $"the server's disk is nearly full: {space.FreeBytes >> 20} MiB are free, and writes need {mark >> 20} MiB; ")
            + "nothing was written",
            "Reads and deletions of databases go on; writes work again as soon as there is room.", id);
    }
}
