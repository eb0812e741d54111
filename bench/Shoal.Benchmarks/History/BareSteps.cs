using System.Diagnostics;
using Shoal.Engine;
using Shoal.Engine.History;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Benchmarks.History;

/// <summary>What no restore in place of a small database can do without, one after the other and nothing else.</summary>
/// <remarks>
/// The blocks of its moment are read, verified and decompressed; the file is written, and SQLite checks it; another SQLite database
/// gets its pages in one transaction, without a flush, as the engine's do; and as many bytes are written and flushed, as the log's are.
/// Which blocks and where they are is looked up before. Owns: open packs.
/// </remarks>
internal sealed class BareSteps(DatabaseEngine engine, string folder, DatabaseId id) : IDisposable
{
    private readonly Dictionary<string, PackReader> _packs = [];
    private readonly Dictionary<string, RestorePlan> _plans = [];
    private readonly BlockBuffer _buffer = new();

    /// <summary>Does the steps.</summary>
    /// <param name="file">The database, as a file.</param>
    /// <param name="bookmark">The moment.</param>
    /// <returns>Seconds.</returns>
    public double Run(string file, string bookmark)
    {
        var plan = PlanOf(bookmark);
        var image = File.ReadAllBytes(file);
        var (scratch, target, log) = (file + ".scratch", file + ".target", file + ".log");
        File.Delete(scratch);
        File.Copy(file, target, overwrite: true);
        _ = SqliteConnection.Open(target, SqliteOpenMode.ReadWrite, out var connection);
        using (connection)
        {
            connection!.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=0");
            PageCache.Settle();
            var start = Stopwatch.GetTimestamp();
            foreach (var (pack, entry) in plan.Snapshot.Concat(plan.Blocks))
            {
                _ = _packs[pack].ReadBlock(entry, _buffer, part => entry.Kind == PackEntryKind.Commits && part.Number > plan.Number);
            }

            File.WriteAllBytes(scratch, image);
            if (QuickCheck.ProblemOf(scratch, CancellationToken.None) is { } problem)
            {
                throw new InvalidOperationException(problem);
            }

            WritePages(connection, image);
            using (var written = File.OpenHandle(log, FileMode.OpenOrCreate, FileAccess.Write))
            {
                RandomAccess.Write(written, image, 0);
                RandomAccess.FlushToDisk(written);
            }

            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    public void Dispose()
    {
        _buffer.Return();
        foreach (var pack in _packs.Values)
        {
            pack.Dispose();
        }
    }

    private static void WritePages(SqliteConnection connection, byte[] image)
    {
        using var write = connection.Prepare("INSERT INTO sqlite_dbpage(pgno, data) VALUES (?1, ?2)");
        connection.Execute("BEGIN IMMEDIATE");
        var pageBytes = connection.GetSize().PageBytes;

        // The first page says how the file is written, and stays.
        for (var page = 1; page < image.Length / pageBytes; page++)
        {
            _ = write.BindInteger(1, page + 1);
            _ = write.BindBlob(2, image.AsSpan((int)(page * pageBytes), (int)pageBytes));
            _ = write.Step();
            write.Reset();
        }

        connection.Execute("COMMIT");
    }

    /// <summary>The quickest way to a moment, in packs that are there now.</summary>
    private RestorePlan PlanOf(string bookmark)
    {
        if (_plans.TryGetValue(bookmark, out var known))
        {
            return known;
        }

        var entries = new List<PlacedEntry>();
        foreach (var pack in engine.TimeTravel.Manifest.Packs)
        {
            if (!_packs.TryGetValue(pack.Name, out var reader))
            {
                _packs.Add(pack.Name, reader = PackReader.Open(Path.Combine(folder, "history", pack.Name)));
            }

            entries.AddRange(reader.Find(id).Select(entry => new PlacedEntry(pack.Name, entry)));
        }

        _ = Bookmark.TryParse(bookmark, out var parsed);
        var plan = new DatabaseHistory(entries)
            .Plans(parsed.Epoch, parsed.Number, (placed, number) => _packs[placed.Pack].Holds(placed.Entry, number)).First();
        _plans.Add(bookmark, plan);
        return plan;
    }
}
