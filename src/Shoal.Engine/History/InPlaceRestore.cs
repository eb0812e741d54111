using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.History;

/// <summary>Makes a database hold what a file holds, in one transaction: only pages that differ are written.</summary>
/// <remarks>
/// Of a file that has only some pages the others stay as they are, and the result is checked before it is committed.
/// A connection of its own writes through SQLite's pager, so readers keep their snapshots and see the new state whole. The schema
/// gets a new version number: other connections read it again, also when the restored one had their number. Source:
/// https://www.sqlite.org/dbpage.html. Thread: one; the caller holds the database's writer.
/// </remarks>
internal sealed class InPlaceRestore : IDisposable
{
    private const int ChangeCounterOffset = 24;
    private const int SchemaVersionOffset = 40;
    private const int VersionValidForOffset = 92;

    /// <summary>The page that SQLite locks and never uses lies at 1 GiB.</summary>
    private const long LockByteOffset = 0x4000_0000;

    /// <summary>The file is read in pieces of this size. Units: bytes.</summary>
    private const int PieceBytes = 1024 * 1024;

    /// <summary>A database that is no larger is kept in memory. Units: KiB.</summary>
    private const int CacheKibibytes = 4096;

    private const string ReadPage = "SELECT data FROM sqlite_dbpage WHERE pgno = ?";

    private readonly SqliteConnection _connection;
    private readonly string _sourcePath;
    private readonly IReadOnlyList<uint>? _pages;
    private SafeFileHandle? _source;
    private readonly byte[] _piece = new byte[PieceBytes];
    private long _pieceStart;
    private int _pieceLength;
    private readonly List<uint> _differing = [];
    private byte[] _image = [];
    private byte[] _first = [];
    private DatabaseSize? _compared;
    private long _version;

    /// <param name="path">The database's file.</param>
    /// <param name="sourcePath">The file with what it will hold; it is there when the two are compared.</param>
    /// <param name="pages">Which pages the file has, in order, the first among them; null for all.</param>
    public InPlaceRestore(string path, string sourcePath, IReadOnlyList<uint>? pages = null)
    {
        (_sourcePath, _pages) = (sourcePath, pages);
        var status = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite, out var connection);
        _connection = connection ?? throw new SqliteException(status, "the database file can not be opened");
        _connection.DisableCheckpointOnClose();
    }

    private SafeFileHandle Source => _source ??= File.OpenHandle(_sourcePath, FileMode.Open, FileAccess.Read, FileShare.Read);

    /// <summary>
    /// Gets a small database into memory while the file is put together: then it is little work to find out which pages differ.
    /// </summary>
    /// <exception cref="SqliteException">The database can not be read.</exception>
    public void ReadAhead()
    {
        if (_connection.QueryInteger("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") <= CacheKibibytes * 1024L)
        {
            _connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA cache_size=-{CacheKibibytes}"));
            _ = _connection.QueryInteger("SELECT sum(length(data)) FROM sqlite_dbpage");
        }
    }

    /// <summary>
    /// Finds out ahead, while others write, which pages differ: if nobody has written in the end, there is only little left to do
    /// for which they have to wait.
    /// </summary>
    /// <exception cref="SqliteException">The database can not be read.</exception>
    public void CompareAhead()
    {
        // It may have been put together anew, from other packs.
        _source?.Dispose();
        (_source, _pieceLength, _compared) = (null, 0, null);
        _connection.Execute("BEGIN");
        try
        {
            _compared = Compare(read: null);
            _version = DataVersion();
        }
        finally
        {
            _connection.Execute("ROLLBACK");
        }
    }

    /// <summary>Writes what differs, and commits unless there is nothing.</summary>
    /// <param name="committing">Called right before the commit.</param>
    /// <returns>Why nothing has changed: with only some pages taken back it would not be whole. Null when it is done.</returns>
    /// <exception cref="SqliteException">The file system refused; nothing has changed.</exception>
    public string? Run(Action committing)
    {
        _connection.Execute("PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=OFF");
        using var read = _pages is null ? null : _connection.Prepare(ReadPage);
        using var write = _connection.Prepare("INSERT INTO sqlite_dbpage(pgno, data) VALUES (?1, ?2)");
        using var writeAndCut = _connection.Prepare("INSERT INTO sqlite_dbpage(pgno, data) VALUES (?1, ?2), (?3, NULL)");
        if (_pages is not null)
        {
            // SQLite keeps with a page what it has found in it, and does not notice that sqlite_dbpage changes it. For the check to see
            // what is written here, no page of a tree may be in memory: the schema was read for these statements, and is let go of.
            _connection.Execute("PRAGMA shrink_memory");
        }

        _connection.Execute("BEGIN IMMEDIATE");
        var size = _compared is { } ahead && DataVersion() == _version ? ahead : Compare(read);
        var sourcePages = (uint)(RandomAccess.GetLength(Source) / size.PageBytes);
        if (_differing.Count == 0 && sourcePages == size.PageCount)
        {
            _connection.Execute("ROLLBACK");
            return null;
        }

        // Pages that lie side by side are read at once.
        for (var index = 0; index < _differing.Count;)
        {
            var count = CountAdjacent(index);
            var pages = _piece.AsSpan(0, count * _image.Length);
            ReadAt(pages, _differing[index]);
            for (; !pages.IsEmpty; pages = pages[_image.Length..], index++)
            {
                if (_differing[index] != 1)
                {
                    Write(write, _differing[index], pages[.._image.Length]);
                }
            }
        }

        if (sourcePages < size.PageCount)
        {
            _ = writeAndCut.BindInteger(3, sourcePages + 1);
            WriteFirst(writeAndCut);
        }
        else
        {
            WriteFirst(write);
        }

        if (_pages is not null && ProblemOfChange() is { } problem)
        {
            _connection.Execute("ROLLBACK");
            return problem;
        }

        committing();
        _connection.Execute("COMMIT");
        return null;
    }

    public void Dispose()
    {
        _connection.Dispose();
        _source?.Dispose();
    }

    private static void Write(SqliteStatement write, uint page, ReadOnlySpan<byte> image)
    {
        _ = write.BindInteger(1, page);
        _ = write.BindBlob(2, image);
        var status = write.Step();
        write.Reset();
        if (!status.IsSuccess)
        {
            throw new SqliteException(status, $"page {page} can not be written");
        }
    }

    private void WriteFirst(SqliteStatement write)
    {
        ReadAt(_image, 1);
        BinaryPrimitives.WriteUInt32BigEndian(_image.AsSpan(SchemaVersionOffset),
            BinaryPrimitives.ReadUInt32BigEndian(_first.AsSpan(SchemaVersionOffset)) + 1);
        Write(write, 1, _image);
    }

    /// <summary>What is wrong with the database as it would be.</summary>
    private string? ProblemOfChange()
    {
        // SQLite takes the number of pages from the first page anew when a savepoint ends (sqlite3BtreeSavepoint in btree.c).
        _connection.Execute("SAVEPOINT written; RELEASE written");
        return QuickCheck.ProblemOf(_connection, CancellationToken.None);
    }

    /// <summary>Changes when another connection has committed. Source: https://www.sqlite.org/pragma.html, "data_version".</summary>
    private long DataVersion() => _connection.QueryInteger("PRAGMA data_version");

    /// <summary>Finds the pages that differ, but for the counters that every commit changes.</summary>
    private DatabaseSize Compare(SqliteStatement? read)
    {
        _differing.Clear();
        return _pages is null ? CompareAll() : CompareSome(_pages, read!);
    }

    private DatabaseSize CompareSome(IReadOnlyList<uint> wanted, SqliteStatement page)
    {
        DatabaseSize? size = null;
        foreach (var number in wanted)
        {
            _ = page.BindInteger(1, number);
            var status = page.Step();
            var isThere = status.Code == SqliteStatus.Row;
            if (!isThere && (!status.IsSuccess || size is null))
            {
                throw new SqliteException(status, "the database can not be read");
            }

            if (size is null)
            {
                size = _connection.GetSize();
                _image = new byte[size.Value.PageBytes];
                _first = page.Row(1).Blob(0).ToArray();
            }

            ReadAt(_image, number);
            if (number != LockPage(size.Value) && (!isThere || !Same(number, page.Row(1).Blob(0), _image)))
            {
                _differing.Add(number);
            }

            page.Reset();
        }

        return size!.Value;
    }

    private DatabaseSize CompareAll()
    {
        using var pages = _connection.Prepare("SELECT data FROM sqlite_dbpage ORDER BY pgno");
        var status = pages.Step();
        var size = _connection.GetSize();
        _image = new byte[size.PageBytes];
        var sourcePages = (uint)(RandomAccess.GetLength(Source) / size.PageBytes);
        var lockPage = LockPage(size);
        for (uint page = 1; page <= Math.Max(size.PageCount, sourcePages); page++)
        {
            if (status.Code == SqliteStatus.Row)
            {
                var current = pages.Row(1).Blob(0);
                if (page == 1)
                {
                    _first = current.ToArray();
                }

                if (page <= sourcePages && page != lockPage && !Same(page, current, Read(page)))
                {
                    _differing.Add(page);
                }

                status = pages.Step();
            }
            else if (!status.IsSuccess)
            {
                throw new SqliteException(status, "the database can not be read");
            }
            else if (page != lockPage)
            {
                _differing.Add(page);
            }
        }

        return size;
    }

    private static long LockPage(in DatabaseSize size) => LockByteOffset / size.PageBytes + 1;

    private static bool Same(uint page, ReadOnlySpan<byte> current, Span<byte> wanted)
    {
        if (page == 1)
        {
            foreach (var offset in (ReadOnlySpan<int>)
                [ChangeCounterOffset, SchemaVersionOffset, VersionValidForOffset, VersionValidForOffset + 4])
            {
                current.Slice(offset, 4).CopyTo(wanted[offset..]);
            }
        }

        return current.SequenceEqual(wanted);
    }

    /// <summary>How many of the pages that differ lie side by side; no more than fit into a piece.</summary>
    private int CountAdjacent(int index)
    {
        var count = 1;
        while (index + count < _differing.Count && _differing[index + count] == _differing[index] + count
            && (count + 1) * _image.Length <= PieceBytes)
        {
            count++;
        }

        return count;
    }

    private void ReadAt(Span<byte> pages, uint first)
    {
        if (RandomAccess.Read(Source, pages, (first - 1) * (long)_image.Length) < pages.Length)
        {
            throw new IOException("the restored file is shorter than it was");
        }
    }

    /// <summary>The next page, from a piece of the file.</summary>
    private Span<byte> Read(uint page)
    {
        var start = (page - 1) * (long)_image.Length;
        if (start < _pieceStart || start + _image.Length > _pieceStart + _pieceLength)
        {
            (_pieceStart, _pieceLength) = (start, RandomAccess.Read(Source, _piece, start));
            if (_pieceLength < _image.Length)
            {
                throw new IOException("the restored file is shorter than it was");
            }
        }

        return _piece.AsSpan((int)(start - _pieceStart), _image.Length);
    }
}
