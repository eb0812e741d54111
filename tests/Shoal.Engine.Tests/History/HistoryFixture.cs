using System.Text;
using Shoal.Engine.History;
using Shoal.Engine.History.Stores;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;
using Shoal.Engine.Tests.Crashes;
using Shoal.Engine.Tests.History.Stores;
using Shoal.Engine.Transfer;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>An engine in mode log whose clock and checkpoints the test moves.</summary>
internal sealed class HistoryFixture : IAsyncDisposable
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(100_000);

    private readonly TempFolder _folder = new();
    private readonly HistoryLimits _limits;

    private HistoryFixture(HistoryLimits limits) => _limits = limits;

    public string Folder => _folder.Combine($"data-{_generation}");

    public ManualTimeProvider Time { get; } = new();

    public DatabaseEngine Engine { get; private set; } = null!;

    /// <summary>What the disk says it has; null for the truth.</summary>
    public long? FreeBytes { get; set; }

    /// <summary>Where history is copied to; null for nowhere.</summary>
    public IObjectStore? Store { get; set; }

    /// <summary>Below it writes are refused.</summary>
    public long FreeBytesMin { get; init; }

    public TimeTravel Travel => Engine.TimeTravel;

    private int _generation;
    private int _newest;

    public static async Task<HistoryFixture> StartAsync(HistoryLimits? limits = null, long freeBytesMin = 0, IObjectStore? store = null)
    {
        var fixture = new HistoryFixture(limits ?? new HistoryLimits { RestoresPerPeriodMax = int.MaxValue })
        {
            FreeBytesMin = freeBytesMin,
            Store = store,
        };
        await fixture.OpenAsync();
        return fixture;
    }

    public async Task OpenAsync(DurabilityMode mode = DurabilityMode.Log, HistoryLimits? limits = null)
    {
        Engine = await DatabaseEngine.OpenAsync(new EngineOptions
        {
            DataFolder = Folder,
            Durability = mode,
            TimeProvider = Time,
            History = limits ?? _limits,
            HistoryStore = Store,
            HistoryUploadInterval = TimeSpan.FromDays(30),
            StoreRetryPause = TimeSpan.Zero,
            IdleClose = Never,
            CheckpointInterval = Never,
            FreeBytesMin = FreeBytesMin,
            ReadDiskSpace = folder => FreeBytes is { } free ? new DiskSpace(free, long.MaxValue / 2) : DiskSpace.Of(folder),
            Limits = new EngineLimits { LogSegmentBytes = 4 * 1024 * 1024 },
        });

        // A round of checkpoints is due at every start. Under way while a crashed folder is copied, it would tear the copy apart: the
        // catalog as it was before, and the log that says after it that nothing of it is needed.
        await Engine.CheckpointAsync();
    }

    public async Task RestartAsync(DurabilityMode mode = DurabilityMode.Log, HistoryLimits? limits = null)
    {
        await Engine.DisposeAsync();
        await OpenAsync(mode, limits);
    }

    /// <summary>The process ends at once: the next one finds what was on the disk, without WALs.</summary>
    public async Task CrashAsync()
    {
        // Nothing may be under way that a copy file by file would tear apart.
        await Travel.CompactAsync();
        var left = await HeldAsync(LeaveBehind);
        await Engine.DisposeAsync();
        _generation = left;
        await OpenAsync();
    }

    /// <summary>Does something while the keeper of history stands still, at one of its changes of files.</summary>
    public async Task<T> HeldAsync<T>(Func<T> work)
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var done = new TaskCompletionSource();
        Travel.Changing = () =>
        {
            if (Thread.CurrentThread.Name == "shoal-history")
            {
                held.TrySetResult();
            }

            done.Task.Wait();
        };

        // It may be between two changes, and has not seen yet that it is to stop; this one ends with a change for certain.
        var expiring = Travel.ExpireAsync();
        try
        {
            await await Task.WhenAny(held.Task, expiring);
            Assert.True(held.Task.IsCompleted, "the keeper has not been held");
            return work();
        }
        finally
        {
            Travel.Changing = null;
            done.SetResult();
            await expiring;
        }
    }

    /// <summary>Copies what a process that ends in this moment leaves behind; its number is for <see cref="GoOnWithAsync"/>.</summary>
    public int LeaveBehind()
    {
        var left = ++_newest;
        var folder = _folder.Combine($"data-{left}");
        Directory.CreateDirectory(folder);

        // Scratch files come and go on threads of their own, and count for nothing.
        var scratch = Path.Combine(Folder, "tmp") + Path.DirectorySeparatorChar;
        FolderCopy.Copy(Folder, folder, file => !file.Contains(".sqlite-", StringComparison.Ordinal)
            && !file.StartsWith(scratch, StringComparison.Ordinal));
        return left;
    }

    /// <summary>Starts with what was left behind.</summary>
    public async Task GoOnWithAsync(int left)
    {
        await Engine.DisposeAsync();
        _generation = left;
        await OpenAsync();
    }

    /// <summary>Makes a new node from a store, and goes on with it instead of the old one, which may still live.</summary>
    public async Task<NodeRestoreResult> RebuildAsync(
        IObjectStore store, DateTimeOffset? at = null, bool nearest = false, IReadOnlyList<string>? databases = null, bool dispose = true)
    {
        var made = ++_newest;
        var result = await NodeRestore.RunAsync(
            new NodeRestoreOptions
            {
                Store = store,
                DataFolder = _folder.Combine($"data-{made}"),
                At = at,
                Nearest = nearest,
                Databases = databases ?? [],
                TimeProvider = Time,
                StoreRetryPause = TimeSpan.Zero,
            },
            new Progress<NodeRestoreProgress>());
        if (dispose)
        {
            // Whatever the lost node would still upload does not get anywhere.
            (Store as FailingStore)?.Stop();
            await Engine.DisposeAsync();
        }

        _generation = made;
        Store = store;
        await OpenAsync();
        return result;
    }

    /// <summary>Takes the next folder for a restore; nothing is in it.</summary>
    public string NewFolder() => _folder.Combine($"data-{++_newest}");

    /// <summary>The packs, as files.</summary>
    public IReadOnlyList<string> PackFiles => [.. Directory.GetFiles(Path.Combine(Folder, "history"), "*.pack").Order(StringComparer.Ordinal)];

    /// <summary>How many packs there are of a kind.</summary>
    public int Count(PackLevel level) => Travel.Manifest.Packs.Count(pack => pack.Level == level);

    public async Task<DatabaseId> CreateAsync(string name) => (await Engine.CreateDatabaseAsync(EngineFixture.New(name))).Id;

    /// <summary>Runs SQL a second after what was before.</summary>
    public async Task<string> RunAsync(DatabaseId id, string sql)
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        var collector = new ResultCollector();
        await Engine.ExecuteAsync(id, SqlRequest.Relaxed(sql), collector);
        return string.Join('\n', collector.Rows.Select(row => string.Join('|', row.Select(static value => value.Kind switch
        {
            SqlValueKind.Null => "null",
            SqlValueKind.Integer => value.AsInteger.ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => Encoding.UTF8.GetString(value.AsBytes.Span),
        }))));
    }

    /// <summary>Whether it is done, or refused as SQL.</summary>
    public async Task<bool> TryAsync(Task task)
    {
        try
        {
            await task;
            return true;
        }
        catch (SqlException)
        {
            return false;
        }
    }

    public string Bookmark(DatabaseId id) => Travel.GetBookmark(id).ToString();

    /// <summary>All that a database holds, as SQL; it must be whole.</summary>
    public async Task<string> DumpAsync(DatabaseId id)
    {
        using var output = new MemoryStream();
        await Engine.ExportSqlAsync(id, output, new ExportOptions());
        Assert.Equal("ok", await RunAsync(id, "PRAGMA quick_check"));
        return Encoding.UTF8.GetString(output.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _folder.Dispose();
    }
}
