using Shoal.Engine.Catalog;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Puts the packs of an hour together, and later those of a day, so that history stays small and quick to read.</summary>
/// <remarks>
/// Work is a row of small steps: some databases, in the order of their ids, go into a new pack; the manifest names it beside its
/// inputs and says how far the work is, so a stop loses one pack at most. Only when all outputs are shown to have what the inputs
/// had do those leave the manifest. Meanwhile commits are in both, which a restore does not mind. Thread: the keeper's. Owns:
/// open packs, until disposed.
/// </remarks>
/// <param name="folder">Where packs are.</param>
/// <param name="limits">What is put together when.</param>
/// <param name="known">Which bookmarks somebody knows.</param>
/// <param name="isKept">Whether a database, or what it was, can be asked for.</param>
/// <param name="pace">Makes the work slow.</param>
/// <param name="publish">Makes a manifest the one that everybody looks at.</param>
internal sealed class HistoryCompactor(HistoryFolder folder, HistoryLimits limits, KnownBookmarks known,
    Func<DatabaseId, bool> isKept, HistoryPace pace, Action<HistoryManifest> publish) : IDisposable
{
    /// <summary>A pack gets no further database beyond this. Units: bytes.</summary>
    private const long PackBytes = 64 * 1024 * 1024;

    /// <summary>A step ends beyond this, so that somebody who waits is served. Units: bytes, uncompressed.</summary>
    private const long StepBytes = 16 * 1024 * 1024;

    /// <summary>With more spans than these there is a backlog.</summary>
    private const int SpansBehind = 3;

    private readonly HashSet<ulong> _unreadable = [];
    private readonly PageImages _images = new();
    private readonly BlockBuffer _buffer = new();
    private CompactionInput? _input;
    private PackWriter? _output;
    private string _name = "";
    private ulong _serial;
    private DatabaseId? _done;

    /// <summary>Does a little; null when there is nothing to do.</summary>
    /// <param name="manifest">The packs.</param>
    /// <param name="now">Units: microseconds since 1970.</param>
    /// <returns>The manifest that is in force now; packs that it does not name are to be deleted.</returns>
    /// <exception cref="EngineException">A pack can not be read; nothing has changed.</exception>
    /// <exception cref="IOException">The disk refused; the next step goes on where the last pack ended.</exception>
    public HistoryManifest? Step(HistoryManifest manifest, long now)
    {
        // Also while work of days is under way: hours go on coming in.
        var due = Due(manifest, now);
        pace.IsBehind = due.Count > SpansBehind;
        if (manifest.Work is not { } work)
        {
            if (due is not [var found, ..])
            {
                return null;
            }

            // Not saved yet: a stop before the first output changes nothing.
            manifest = manifest with { Work = found };
            work = found;
        }

        try
        {
            return Go(manifest, work);
        }
        catch (EngineException)
        {
            // What is damaged stays as it is, beside what is whole, until the next start.
            _unreadable.UnionWith(work.Inputs);
            Dispose();
            throw;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gives up what is begun, for a pack of it can not be read; null when nothing was begun.</summary>
    public HistoryManifest? Abandon(HistoryManifest manifest)
    {
        Dispose();
        if (manifest.Work is not { } work)
        {
            return null;
        }

        var next = manifest with
        {
            Work = null,
            Packs = [.. manifest.Packs.Where(pack => !work.Outputs.Contains(pack.Serial))],
        };
        folder.Save(next);
        return next;
    }

    public void Dispose()
    {
        _input?.Dispose();
        _output?.Dispose();
        (_input, _output) = (null, null);
        _buffer.Return();
    }

    /// <summary>Spans whose packs are complete: days, and then hours, the oldest of each first.</summary>
    private List<HistoryWork> Due(HistoryManifest manifest, long now)
    {
        var candidates = manifest.Packs.Where(pack => !_unreadable.Contains(pack.Serial)).ToArray();
        return
        [
            .. Spans(PackLevel.Daily, [PackLevel.Commits, PackLevel.Merged, PackLevel.Hourly], limits.DailySpan, limits.EveryCommit,
                packsMin: 1),
            .. Spans(PackLevel.Hourly, [PackLevel.Commits, PackLevel.Merged], limits.HourlySpan, limits.PackInterval, packsMin: 2),
        ];

        IEnumerable<HistoryWork> Spans(PackLevel level, PackLevel[] levels, TimeSpan span, TimeSpan age, int packsMin)
        {
            var spanMicroseconds = (long)span.TotalMicroseconds;
            var end = now - (long)age.TotalMicroseconds;
            return candidates.Where(pack => levels.Contains(pack.Level))
                .GroupBy(pack => pack.LastTime / spanMicroseconds)
                .Where(group => (group.Key + 1) * spanMicroseconds <= end && group.Count() >= packsMin)
                .OrderBy(static group => group.Key)
                .Select(packs => new HistoryWork(level, null, [.. packs.Select(static pack => pack.Serial)], []));
        }
    }

    private HistoryManifest Go(HistoryManifest manifest, HistoryWork work)
    {
        if (_input is null)
        {
            _done = work.Done;
            _input = CompactionInput.Open(folder, manifest.Packs.Where(pack => work.Inputs.Contains(pack.Serial)), work.Done,
                pace.Rest);
        }

        for (var bytes = 0L; bytes < StepBytes;)
        {
            if (!_input.MoveNext())
            {
                return Finish(_output is null ? manifest : EndPack(manifest));
            }

            _done = _input.Database;
            if (!isKept(_input.Database))
            {
                continue;
            }

            if (_output is null)
            {
                var header = _input.Header with { Level = work.Level };
                _serial = manifest.NextPack;
                _name = HistoryFolder.NameOf(_serial, header);
                manifest = manifest with { NextPack = _serial + 1 };
                _output = folder.Begin(_name, header, pace.Rest);
            }

            bytes += Write(_output, work.Level, _input);
            if (_output.LengthBytes >= PackBytes)
            {
                return EndPack(manifest);
            }
        }

        return manifest;
    }

    /// <summary>All of one database.</summary>
    private long Write(PackWriter output, PackLevel level, CompactionInput input)
    {
        var commits = input.Blocks.Where(static block => block.Entry.Kind == PackEntryKind.Commits).ToArray();
        foreach (var (reader, entry) in input.Blocks.Where(static block => block.Entry.Kind == PackEntryKind.Snapshot))
        {
            output.Copy(entry, reader.ReadStored(entry, _buffer).Span);
        }

        if (level == PackLevel.Hourly && commits is [var (only, single)])
        {
            output.Copy(single, only.ReadStored(single, _buffer).Span);
            return single.StoredBytes;
        }

        return new CommitMerger(output, _buffer, _images, level == PackLevel.Daily ? known : null).Write(input.Database, commits);
    }

    /// <summary>The pack is durable, and read back, before the manifest names it.</summary>
    private HistoryManifest EndPack(HistoryManifest manifest)
    {
        var work = manifest.Work!;
        var packs = manifest.Packs.ToList();
        if (_output!.Entries.Count > 0)
        {
            var pack = folder.Publish(_name, _output);
            Verify(pack);
            packs.Insert(packs.FindIndex(other => work.Inputs.Contains(other.Serial)), pack);
        }

        _output.Dispose();
        _output = null;
        var next = manifest with
        {
            Packs = packs,
            Work = work with { Done = _done, Outputs = packs.Count > manifest.Packs.Count ? [.. work.Outputs, _serial] : work.Outputs },
        };
        folder.Save(next);
        return next;
    }

    private void Verify(PackInfo pack)
    {
        using var reader = PackReader.Open(folder.PathOf(pack.Name), pace.Rest);
        foreach (var entry in reader.ReadIndex())
        {
            _ = reader.ReadStored(entry, _buffer);
        }
    }

    private HistoryManifest Finish(HistoryManifest manifest)
    {
        var work = manifest.Work!;
        Dispose();
        publish(manifest);
        var next = manifest with
        {
            Work = null,
            Packs = [.. manifest.Packs.Where(pack => !work.Inputs.Contains(pack.Serial))],
        };
        known.Held.BeginWatch();
        try
        {
            return CompactionProof.Check(folder, manifest, known, isKept, pace.Rest) && Replace(manifest, next)
                ? next
                : Abandon(manifest)!;
        }
        finally
        {
            _ = known.Held.EndWatch();
        }
    }

    /// <summary>The inputs leave the manifest; false when somebody is about to hear of a commit that was left out.</summary>
    /// <remarks>
    /// Whoever asks for a bookmark first holds its commit, and then looks whether the packs in which it was found still count. Here
    /// what counts is changed first, and then it is looked which commits are held: so one of both sees the other.
    /// </remarks>
    private bool Replace(HistoryManifest manifest, HistoryManifest next)
    {
        var isSaved = false;
        folder.Changing?.Invoke();
        publish(next);
        try
        {
            if (CompactionProof.HasAll(folder, manifest, known.Held.EndWatch()))
            {
                folder.Save(next);
                isSaved = true;
            }
        }
        finally
        {
            if (!isSaved)
            {
                publish(manifest);
            }
        }

        return isSaved;
    }
}
