using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.History;

/// <summary>Makes a database hold what a file holds, in one transaction: only pages that differ are written.</summary>
/// <remarks>
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

    private readonly SqliteConnection _connection;
    private readonly SafeFileHandle _source;
    private readonly List<uint> _differing = [];
    private byte[] _image = [];
    private byte[] _first = [];

    /// <param name="path">The database's file.</param>
    /// <param name="sourcePath">The file with what it will hold.</param>
    public InPlaceRestore(string path, string sourcePath)
    {
        var status = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite, out var connection);
        _connection = connection ?? throw new SqliteException(status, "the database file can not be opened");
        _source = File.OpenHandle(sourcePath, FileMode.Open, FileAccess.Read, FileShare.Read);
    }

    /// <summary>Writes what differs, and commits unless there is nothing.</summary>
    /// <param name="committing">Called right before the commit.</param>
    /// <exception cref="SqliteException">The file system refused; nothing has changed.</exception>
    public void Run(Action committing)
    {
        _connection.DisableCheckpointOnClose();
        _connection.Execute("PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=OFF; BEGIN IMMEDIATE");
        var size = Compare();
        var sourcePages = (uint)(RandomAccess.GetLength(_source) / size.PageBytes);
        if (_differing.Count == 0 && sourcePages == size.PageCount)
        {
            _connection.Execute("ROLLBACK");
            return;
        }

        using (var write = _connection.Prepare("INSERT INTO sqlite_dbpage(pgno, data) VALUES (?, ?)"))
        {
            foreach (var page in _differing.Where(static page => page != 1))
            {
                Read(page);
                Write(write, page, _image);
            }
        }

        WriteFirst(sourcePages < size.PageCount ? sourcePages + 1 : null);
        committing();
        _connection.Execute("COMMIT");
    }

    public void Dispose()
    {
        _connection.Dispose();
        _source.Dispose();
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

    /// <summary>The first page, and the cut, in one statement: the next one would read the schema anew.</summary>
    /// <param name="cutFrom">The first page that is not needed any more; null for none.</param>
    private void WriteFirst(uint? cutFrom)
    {
        Read(1);
        BinaryPrimitives.WriteUInt32BigEndian(_image.AsSpan(SchemaVersionOffset),
            BinaryPrimitives.ReadUInt32BigEndian(_first.AsSpan(SchemaVersionOffset)) + 1);
        using var write = _connection.Prepare(
            "INSERT INTO sqlite_dbpage(pgno, data) VALUES (?, ?)" + (cutFrom is null ? "" : $", ({cutFrom}, NULL)"));
        Write(write, 1, _image);
    }

    /// <summary>Finds the pages that differ, but for the counters that every commit changes.</summary>
    private DatabaseSize Compare()
    {
        using var pages = _connection.Prepare("SELECT data FROM sqlite_dbpage ORDER BY pgno");
        var status = pages.Step();
        var size = _connection.GetSize();
        _image = new byte[size.PageBytes];
        var sourcePages = (uint)(RandomAccess.GetLength(_source) / size.PageBytes);
        var lockPage = LockByteOffset / size.PageBytes + 1;
        for (uint page = 1; page <= Math.Max(size.PageCount, sourcePages); page++)
        {
            if (status.Code == SqliteStatus.Row)
            {
                var current = pages.Row(1).Blob(0);
                if (page == 1)
                {
                    _first = current.ToArray();
                }

                if (page <= sourcePages && page != lockPage)
                {
                    Read(page);
                    if (!Same(page, current))
                    {
                        _differing.Add(page);
                    }
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

    private bool Same(uint page, ReadOnlySpan<byte> current)
    {
        if (page == 1)
        {
            foreach (var offset in (ReadOnlySpan<int>)
                [ChangeCounterOffset, SchemaVersionOffset, VersionValidForOffset, VersionValidForOffset + 4])
            {
                current.Slice(offset, 4).CopyTo(_image.AsSpan(offset));
            }
        }

        return current.SequenceEqual(_image);
    }

    private void Read(uint page)
    {
        if (RandomAccess.Read(_source, _image, (page - 1) * (long)_image.Length) != _image.Length)
        {
            throw new IOException("the restored file is shorter than it was");
        }
    }
}
