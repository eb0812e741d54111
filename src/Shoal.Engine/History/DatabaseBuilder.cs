using System.Collections;
using Microsoft.Win32.SafeHandles;
using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.History;

/// <summary>Builds the file of a database at one commit from blocks of packs, and checks it.</summary>
/// <remarks>
/// Blocks are read from the newest to the oldest and each page is written once, with its newest image; reading ends when every
/// page is there. Cost: one block of memory (some 17 MiB at most), the file. Owns: nothing; the file is the caller's.
/// </remarks>
internal sealed class DatabaseBuilder(DatabaseId id, Func<string, PackReader> open)
{
    private readonly Dictionary<string, PackReader> _packs = [];
    private SafeFileHandle? _file;
    private BitArray _written = new(0);
    private uint _sizePages;
    private uint _limitPages;
    private uint _missing;

    /// <summary>Builds and checks a file.</summary>
    /// <param name="plan">What of.</param>
    /// <param name="path">The file; must not exist.</param>
    /// <exception cref="EngineException">A pack can not be read, or the result is no whole database.</exception>
    /// <exception cref="IOException">The disk refused.</exception>
    public void Build(RestorePlan plan, string path)
    {
        if (plan.Number == 0 && plan.Snapshot.Count == 0)
        {
            DataFolder.CreateDatabaseFile(id, path);
            return;
        }

        try
        {
            using (_file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                Fill(plan);
                RandomAccess.FlushToDisk(_file);
            }
        }
        finally
        {
            foreach (var pack in _packs.Values)
            {
                pack.Dispose();
            }

            _packs.Clear();
        }

        Check(path, plan);
    }

    private void Fill(RestorePlan plan)
    {
        var blocks = plan.Snapshot.Concat(plan.Blocks).ToArray();
        var isFirst = true;
        for (var index = blocks.Length - 1; index >= 0 && (isFirst || _missing > 0); index--)
        {
            var (pack, entry) = blocks[index];
            var after = entry.Kind == PackEntryKind.Snapshot ? (ulong?)null : plan.Base;
            foreach (var (part, offset, block) in PartsOf(Pack(pack).ReadBlock(entry), after, plan.Number))
            {
                if (isFirst)
                {
                    if (part.Number != plan.Number)
                    {
                        throw PackReader.Damaged(Pack(pack).Name, $"commit {plan.Number} is not in it", id);
                    }

                    Begin(part);
                    isFirst = false;
                }

                Put(part, block.AsSpan(offset, part.BodyBytes));
            }
        }

        if (isFirst)
        {
            throw PackReader.Damaged(Pack(blocks[^1].Pack).Name, $"commit {plan.Number} is not in it", id);
        }
    }

    /// <summary>The parts of commits in a range, newest first.</summary>
    private static IEnumerable<(PackPart Part, int Offset, byte[] Block)> PartsOf(byte[] block, ulong? after, ulong until)
    {
        var parts = new List<(PackPart, int, byte[])>();
        ReadOnlySpan<byte> rest = block;
        while (!rest.IsEmpty)
        {
            var offset = block.Length - rest.Length + PackPart.Bytes;
            var part = PackPart.Take(ref rest, out _);
            if (part.Number <= until && (after is null || part.Number > after))
            {
                parts.Add((part, offset, block));
            }
        }

        parts.Reverse();
        return parts;
    }

    private void Begin(in PackPart newest)
    {
        _sizePages = newest.SizeAfterPages;
        _limitPages = _sizePages;
        _missing = _sizePages;
        _written = new BitArray((int)_sizePages);
        RandomAccess.SetLength(_file!, (long)_sizePages * newest.PageBytes);
    }

    private void Put(in PackPart part, ReadOnlySpan<byte> body)
    {
        // A page that was cut off later, and is there again, has no older image.
        _limitPages = Math.Min(_limitPages, part.SizeAfterPages);
        var table = LogRecordHeader.TableBytes((int)part.PageCount);
        for (var index = (int)part.PageCount - 1; index >= 0; index--)
        {
            var page = LogRecordHeader.PageNumber(body, index);
            if (page >= 1 && page <= _limitPages && !_written[(int)page - 1])
            {
                _written[(int)page - 1] = true;
                _missing--;
                RandomAccess.Write(_file!, body.Slice(table + index * (int)part.PageBytes, (int)part.PageBytes),
                    (long)(page - 1) * part.PageBytes);
            }
        }
    }

    private void Check(string path, RestorePlan plan)
    {
        var status = SqliteConnection.Open(path, SqliteOpenMode.Immutable, out var connection);
        var why = status.ToString();
        using (connection)
        {
            try
            {
                if (connection is not null && connection.QueryInteger(
                    "SELECT count(*) FROM pragma_quick_check WHERE quick_check <> 'ok'") == 0)
                {
                    return;
                }
            }
            catch (SqliteException error)
            {
                why = error.Message;
            }
        }

        throw new EngineException(EngineErrorKind.Corruption,
            $"what history holds of commit {plan.Number} of database {id} is not a whole database ({why})",
            "Nothing was changed. Try a moment before or after it; `shoal db history NAME` lists them.", id);
    }

    private PackReader Pack(string name)
    {
        if (!_packs.TryGetValue(name, out var pack))
        {
            _packs.Add(name, pack = open(name));
        }

        return pack;
    }
}
