using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Shoal.Client.Bulk;

namespace Shoal.Client.Buffering;

/// <summary>
/// Items on disk until they are settled. An item has a number; the tokens of its batches carry numbers too, so that after a crash
/// the database itself says which items it has.
/// </summary>
/// <remarks>
/// Thread: safe. Owns: its folder, locked while open. An item is appended before it is taken, the note that it is settled after
/// its batch is; what falls between is looked up in the database's tokens when the spool is opened again.
/// </remarks>
internal sealed class Spool<T> : IDisposable
{
    private const long SegmentBytes = 16 * 1024 * 1024;

    private readonly string _folder;
    private readonly JsonTypeInfo<T> _type;
    private readonly bool _flushes;
    private readonly ILogger _log;
    private readonly FileStream _lock;
    private readonly Guid _id;
    private readonly Lock _gate = new();
    private readonly List<SpoolSegment> _segments = [];
    private readonly Dictionary<string, SortedSet<long>> _unsettled = new(StringComparer.Ordinal);
    private Task _flushing = Task.CompletedTask;
    private Task? _nextFlush;
    private long _next;
    private long _bytes;

    private Spool(string folder, JsonTypeInfo<T> type, bool flushes, ILogger log, FileStream held)
    {
        _folder = folder;
        _type = type;
        _flushes = flushes;
        _log = log;
        _lock = held;
        Load();
        _id = _segments.Count > 0 ? _segments[0].Id : Guid.NewGuid();
        if (_segments.Count == 0)
        {
            Roll();
        }

        _bytes = _segments.Sum(static segment => segment.Length);
    }

    /// <summary>Names it in tokens.</summary>
    public string Id => _id.ToString("N");

    /// <summary>Size of its files.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Opens or creates a spool.</summary>
    /// <exception cref="IOException">It is in use, or damaged.</exception>
    public static Spool<T> Open(string folder, JsonTypeInfo<T> type, bool flushes, ILogger log)
    {
        Directory.CreateDirectory(folder);
        FileStream held;
        try
        {
            held = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new IOException($"the spool {folder} is in use. Hint: give each buffer a folder of its own", error);
        }

        try
        {
            return new Spool<T>(folder, type, flushes, log, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Appends an item and returns its number.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public long Append(string database, byte[] payload)
    {
        lock (_gate)
        {
            if (_segments[^1].Length >= SegmentBytes)
            {
                Roll();
            }

            Write(new SpoolRecord(SpoolRecord.Item, database, _next, _next, payload));
            Add(database, _next);
            return _next++;
        }
    }

    /// <summary>Notes that the database's items from one number to another are settled. Never fails.</summary>
    public void Settle(string database, long from, long to)
    {
        lock (_gate)
        {
            if (!_unsettled.TryGetValue(database, out var numbers) || numbers.GetViewBetween(from, to) is not { Count: > 0 } view)
            {
                return;
            }

            try
            {
                Write(new SpoolRecord(SpoolRecord.Settled, database, from, to, default));
                if (_flushes)
                {
                    _segments[^1].Flush();
                }
            }
            catch (IOException error)
            {
                // The rows are safe: their tokens stay in the database while their numbers are not settled here.
                ClientLog.SpoolNoteLost(_log, error);
                return;
            }

            Remove(numbers, view);
            while (_segments.Count > 1 && _segments[0].UnsettledCount == 0)
            {
                // Oldest first: a file's notes are about its own items and those of files before it.
                Interlocked.Add(ref _bytes, -_segments[0].Length);
                _segments[0].Delete();
                _segments.RemoveAt(0);
            }
        }
    }

    /// <summary>All items of the database below this number are settled, and that is noted.</summary>
    public long SettledBelow(string database)
    {
        lock (_gate)
        {
            return _unsettled.TryGetValue(database, out var numbers) && numbers.Count > 0 ? numbers.Min : _next;
        }
    }

    /// <summary>Completes when the disk has all that was appended before; one flush serves all who ask meanwhile.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            return _nextFlush ??= NextAsync(_flushing);
        }
    }

    /// <summary>Asks the databases which items they have already, and settles those.</summary>
    public async Task ForgetAppliedAsync(ShoalClient client, CancellationToken cancellation)
    {
        string[] databases;
        lock (_gate)
        {
            databases = [.. _unsettled.Where(static pair => pair.Value.Count > 0).Select(static pair => pair.Key)];
        }

        foreach (var name in databases)
        {
            foreach (var (start, rows) in await RangesAsync(client.Database(name), cancellation).ConfigureAwait(false))
            {
                Settle(name, start, start + rows - 1);
            }
        }

        if (databases.Length > 0)
        {
            lock (_gate)
            {
                ClientLog.SpoolRecovered(_log, _folder, _unsettled.Values.Sum(static numbers => (long)numbers.Count));
            }
        }
    }

    /// <summary>Items that were not settled when it was opened, in order. Before anything is appended.</summary>
    public IEnumerable<(long Number, T Item)> Unsettled()
    {
        SpoolSegment[] segments;
        lock (_gate)
        {
            segments = [.. _segments];
        }

        foreach (var segment in segments)
        {
            // A file that still has items can not go while it is read.
            if (IsSettled(segment))
            {
                continue;
            }

            foreach (var record in segment.Read(isLast: false))
            {
                if (record.Kind == SpoolRecord.Item && IsUnsettled(record))
                {
                    yield return (record.From, JsonSerializer.Deserialize(record.Payload.Span, _type)
                        ?? throw new IOException($"{segment.Path} holds an item that is null"));
                }
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var segment in _segments)
            {
                segment.Dispose();
            }
        }

        _lock.Dispose();
    }

    private static async Task<IReadOnlyList<(long Start, long Rows)>> RangesOfAsync(Database database, string scope,
        CancellationToken cancellation)
    {
        var results = await database.BatchAsync([database.Prepare(BatchToken.CreateSql).AsIdempotent(),
            database.Prepare(BatchToken.RangesSql).Bind(scope)], cancellation).ConfigureAwait(false);
        return results[1].Rows(static row => (row.GetInt64(0), row.GetInt64(1)));
    }

    private async Task<IReadOnlyList<(long Start, long Rows)>> RangesAsync(Database database, CancellationToken cancellation)
    {
        try
        {
            return await RangesOfAsync(database, BatchToken.SpoolScope(Id), cancellation).ConfigureAwait(false);
        }
        catch (ShoalException error) when (error.Kind == ShoalErrorKind.DatabaseNotFound)
        {
            return [];
        }
    }

    private bool IsSettled(SpoolSegment segment)
    {
        lock (_gate)
        {
            return segment.UnsettledCount == 0;
        }
    }

    private bool IsUnsettled(in SpoolRecord record)
    {
        lock (_gate)
        {
            return _unsettled.TryGetValue(record.Database, out var numbers) && numbers.Contains(record.From);
        }
    }

    private async Task NextAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        SpoolSegment last;
        lock (_gate)
        {
            // Who asks from here on may have appended after the flush began.
            _flushing = _nextFlush!;
            _nextFlush = null;
            last = _segments[^1];
        }

        last.Flush();
    }

    private void Write(in SpoolRecord record)
    {
        var bytes = record.ToBytes();
        _segments[^1].Append(bytes);
        Interlocked.Add(ref _bytes, bytes.Length);
    }

    private void Roll()
    {
        if (_segments.Count > 0 && _flushes)
        {
            _segments[^1].Flush();
        }

        _segments.Add(SpoolSegment.Create(_folder, _segments.Count > 0 ? _segments[0].Id : _id, _next));
        Interlocked.Add(ref _bytes, SpoolSegment.HeaderBytes);
    }

    private void Add(string database, long number)
    {
        if (!_unsettled.TryGetValue(database, out var numbers))
        {
            _unsettled.Add(database, numbers = []);
        }

        numbers.Add(number);
        SegmentOf(number).UnsettledCount++;
    }

    private void Remove(SortedSet<long> numbers, SortedSet<long> view)
    {
        foreach (var number in view.ToArray())
        {
            numbers.Remove(number);
            SegmentOf(number).UnsettledCount--;
        }
    }

    private SpoolSegment SegmentOf(long number)
    {
        var index = _segments.Count - 1;
        while (_segments[index].First > number)
        {
            index--;
        }

        return _segments[index];
    }

    private void Load()
    {
        var paths = Directory.GetFiles(_folder, "*.spool").Order(StringComparer.Ordinal).ToArray();
        for (var index = 0; index < paths.Length; index++)
        {
            if (SpoolSegment.TryOpen(paths[index]) is not { } segment)
            {
                if (index < paths.Length - 1)
                {
                    throw new IOException($"{paths[index]} has no header. Hint: move it away; its rows are lost");
                }

                File.Delete(paths[index]);
                break;
            }

            _segments.Add(segment);
            _next = Math.Max(_next, segment.First);
            foreach (var record in segment.Read(index == paths.Length - 1,
                (offset, bytes) => ClientLog.SpoolTornTailCut(_log, offset, bytes)))
            {
                if (record.Kind == SpoolRecord.Item)
                {
                    Add(record.Database, record.From);
                    _next = Math.Max(_next, record.From + 1);
                }
                else if (_unsettled.TryGetValue(record.Database, out var numbers))
                {
                    Remove(numbers, numbers.GetViewBetween(record.From, record.To));
                }
            }
        }
    }
}
