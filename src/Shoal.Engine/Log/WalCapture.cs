using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Shoal.Protocol;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Threads;
using Shoal.Sqlite.Wal;

namespace Shoal.Engine.Log;

/// <summary>Takes what one database has committed to its WAL and puts it into the commit log.</summary>
/// <remarks>
/// Not by hooks, which miss commits, but by comparing the WAL's state with what was taken last. Thread: the database's writer,
/// between transactions. Source of the frame layout: https://www.sqlite.org/fileformat2.html#walformat.
/// </remarks>
internal sealed class WalCapture : IDisposable
{
    private const int WalHeaderBytes = 32;
    private const int FrameHeaderBytes = 24;

    /// <summary>Pages of one record: about 1 MiB.</summary>
    private const int PagesPerPart = 255;

    /// <summary>What is read at once: a kernel that is built for servers copies without a break what it is asked for in one call.</summary>
    private const int PieceBytes = 64 * 1024;

    private readonly DatabaseId _id;
    private readonly string _walPath;
    private readonly CommitLog _log;
    private SafeFileHandle? _wal;
    private uint _salt1;
    private uint _salt2;
    private uint _framesTaken;

    public WalCapture(DatabaseId id, string databasePath, CommitLog log)
    {
        _id = id;
        _walPath = databasePath + "-wal";
        _log = log;
    }

    /// <summary>Takes note of a WAL that a new connection finds: what is in it was taken by the connection before.</summary>
    /// <exception cref="EngineException">The database does not use a WAL.</exception>
    public void Begin(SqliteConnection connection)
    {
        // A connection knows its WAL only after its first transaction.
        _ = connection.QueryInteger("SELECT count(*) FROM sqlite_schema");
        var state = connection.GetWalState();
        if (!state.IsWal)
        {
            throw new EngineException(EngineErrorKind.Corruption,
                $"the file of database {_id} is not in WAL mode: what is written to it would not get into the commit log",
                "Restore the data folder from a backup.", _id);
        }

        Remember(state);
    }

    /// <summary>Whether anything was committed since the last call of <see cref="Take"/>.</summary>
    public bool HasNew(in WalState state) => state.IsWal && state.FrameIndexMax >= FirstNew(state);

    /// <summary>Takes all frames after the last one taken, as one commit.</summary>
    /// <param name="state">The WAL as the writer sees it after its commit.</param>
    /// <param name="number">The commit's number.</param>
    /// <returns>The commit is durable when the log is durable up to here.</returns>
    public LogPosition Take(in WalState state, ulong number)
    {
        var first = FirstNew(state);
        var end = LogPosition.Zero;
        _wal ??= File.OpenHandle(_walPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var frameBytes = FrameHeaderBytes + (int)state.PageBytes;
        var frames = ArrayPool<byte>.Shared.Rent(PagesPerPart * frameBytes);
        var body = ArrayPool<byte>.Shared.Rent(
            LogRecordHeader.TableBytes(PagesPerPart) + PagesPerPart * (int)state.PageBytes);
        try
        {
            for (var frame = first; frame <= state.FrameIndexMax; frame += PagesPerPart)
            {
                var count = (int)Math.Min(PagesPerPart, state.FrameIndexMax - frame + 1);
                var continues = frame + count <= state.FrameIndexMax;
                Read(frames.AsSpan(0, count * frameBytes), WalHeaderBytes + (long)(frame - 1) * frameBytes);
                if (!continues)
                {
                    CheckLastFrame(frames.AsSpan((count - 1) * frameBytes), state);
                }

                end = Append(state, number, frames.AsSpan(0, count * frameBytes), count, body, continues, isContinued: frame > first);
                if (continues)
                {
                    Scheduling.OfferProcessor();
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frames);
            ArrayPool<byte>.Shared.Return(body);
        }

        Remember(state);
        return end;
    }

    public void Dispose() => _wal?.Dispose();

    private LogPosition Append(
        in WalState state, ulong number, ReadOnlySpan<byte> frames, int frameCount, byte[] body, bool continues,
        bool isContinued)
    {
        // A page that was written several times counts once, with its last image.
        Span<int> last = stackalloc int[frameCount];
        var pageCount = 0;
        var frameBytes = FrameHeaderBytes + (int)state.PageBytes;
        for (var index = 0; index < frameCount; index++)
        {
            var frame = frames[(index * frameBytes)..];
            CheckFrame(frame, state);
            if (!IsWrittenAgain(frames, frameBytes, frameCount, index))
            {
                last[pageCount++] = index;
            }
        }

        var tableBytes = LogRecordHeader.TableBytes(pageCount);
        body.AsSpan(0, tableBytes).Clear();
        for (var page = 0; page < pageCount; page++)
        {
            var frame = frames.Slice(last[page] * frameBytes, frameBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(
                body.AsSpan(page * sizeof(uint)), BinaryPrimitives.ReadUInt32BigEndian(frame));
            frame[FrameHeaderBytes..].CopyTo(body.AsSpan(tableBytes + page * (int)state.PageBytes));
        }

        return _log.AppendCommit(_id, number, new CommitPart(
            body.AsSpan(0, tableBytes + pageCount * (int)state.PageBytes), pageCount, state.PageBytes, state.PageCount,
            continues, isContinued));
    }

    private static bool IsWrittenAgain(ReadOnlySpan<byte> frames, int frameBytes, int frameCount, int index)
    {
        var page = BinaryPrimitives.ReadUInt32LittleEndian(frames[(index * frameBytes)..]);
        for (var later = index + 1; later < frameCount; later++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(frames[(later * frameBytes)..]) == page)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What is taken ends with the end of a transaction: frames of one that failed are no commit.</summary>
    private void CheckLastFrame(ReadOnlySpan<byte> frame, in WalState state)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(frame[4..]) != state.PageCount)
        {
            throw new EngineException(EngineErrorKind.Corruption,
                $"the WAL of database {_id} does not end with a commit", hint: null, _id);
        }
    }

    private void CheckFrame(ReadOnlySpan<byte> frame, in WalState state)
    {
        // Salts are stored as bytes; the state has them as SQLite keeps them in memory, big end first.
        if (BinaryPrimitives.ReadUInt32BigEndian(frame[8..]) != state.Salt1
            || BinaryPrimitives.ReadUInt32BigEndian(frame[12..]) != state.Salt2)
        {
            throw new EngineException(EngineErrorKind.Corruption,
                $"the WAL of database {_id} does not hold what was committed to it", hint: null, _id);
        }
    }

    private void Read(Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            var count = RandomAccess.Read(_wal!, target[..Math.Min(PieceBytes, target.Length)], offset);
            if (count == 0)
            {
                throw new EngineException(EngineErrorKind.Corruption,
                    $"the WAL of database {_id} is shorter than what was committed to it", hint: null, _id);
            }

            target = target[count..];
            offset += count;
            if (!target.IsEmpty)
            {
                Scheduling.OfferProcessor();
            }
        }
    }

    private uint FirstNew(in WalState state) =>
        state.Salt1 == _salt1 && state.Salt2 == _salt2 ? _framesTaken + 1 : 1;

    private void Remember(in WalState state)
    {
        _salt1 = state.Salt1;
        _salt2 = state.Salt2;
        _framesTaken = state.FrameIndexMax;
    }
}
