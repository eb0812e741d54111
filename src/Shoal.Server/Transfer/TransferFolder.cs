using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Shoal.Engine;

namespace Shoal.Server.Transfer;

/// <summary>Where uploaded and exported files stand while they are needed: a folder that the engine empties when it opens.</summary>
internal sealed class TransferFolder
{
    private readonly string _path;
    private readonly long _bytesMax;
    private readonly ILogger<TransferFolder> _logger;
    private long _bytes;

    public TransferFolder(DatabaseEngine engine, ServerOptions options, ILogger<TransferFolder> logger)
    {
        _path = engine.TemporaryFolder;
        _bytesMax = options.Transfers.StoredBytesMax;
        _logger = logger;
    }

    /// <summary>Removes a file that can be done without, and gives its room back; false when there is none.</summary>
    public Func<bool> MakeRoom { get; set; } = static () => false;

    /// <summary>A path that no file has.</summary>
    public string NewPath(string extension) =>
        Path.Combine(_path, RandomNumberGenerator.GetHexString(32, lowercase: true) + extension);

    /// <summary>Takes room for bytes that are about to be written; false when there is none.</summary>
    public bool TryReserve(long bytes)
    {
        while (Interlocked.Add(ref _bytes, bytes) > _bytesMax)
        {
            Release(bytes);
            if (bytes > _bytesMax || !MakeRoom())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Gives room back.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _bytes, -bytes);

    /// <summary>Removes a file if it exists.</summary>
    public void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException error)
        {
            // It is in the way of nobody: the folder is emptied at the next start.
            _logger.TransferFileStuck(error, path);
        }
    }
}
