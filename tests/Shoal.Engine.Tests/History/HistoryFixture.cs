using System.Text;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;
using Shoal.Engine.Tests.Crashes;
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

    /// <summary>Below it writes are refused.</summary>
    public long FreeBytesMin { get; init; }

    public TimeTravel Travel => Engine.TimeTravel;

    private int _generation;
    private int _newest;

    public static async Task<HistoryFixture> StartAsync(HistoryLimits? limits = null, long freeBytesMin = 0)
    {
        var fixture = new HistoryFixture(limits ?? new HistoryLimits { RestoresPerPeriodMax = int.MaxValue }) { FreeBytesMin = freeBytesMin };
        await fixture.OpenAsync();
        return fixture;
    }

    public async Task OpenAsync(DurabilityMode mode = DurabilityMode.Log, HistoryLimits? limits = null) =>
        Engine = await DatabaseEngine.OpenAsync(new EngineOptions
        {
            DataFolder = Folder,
            Durability = mode,
            TimeProvider = Time,
            History = limits ?? _limits,
            IdleClose = Never,
            CheckpointInterval = Never,
            FreeBytesMin = FreeBytesMin,
            ReadDiskSpace = folder => FreeBytes is { } free ? new DiskSpace(free, long.MaxValue / 2) : DiskSpace.Of(folder),
            Limits = new EngineLimits { LogSegmentBytes = 4 * 1024 * 1024 },
        });

    public async Task RestartAsync(DurabilityMode mode = DurabilityMode.Log, HistoryLimits? limits = null)
    {
        await Engine.DisposeAsync();
        await OpenAsync(mode, limits);
    }

    /// <summary>The process ends at once: the next one finds what was on the disk, without WALs.</summary>
    public async Task CrashAsync()
    {
        // Nothing may be under way that a copy file by file would tear apart.
        await Travel.ExpireAsync();
        await Travel.CompactAsync();
        var left = LeaveBehind();
        await Engine.DisposeAsync();
        _generation = left;
        await OpenAsync();
    }

    /// <summary>Copies what a process that ends in this moment leaves behind; its number is for <see cref="GoOnWithAsync"/>.</summary>
    public int LeaveBehind()
    {
        var left = ++_newest;
        var folder = _folder.Combine($"data-{left}");
        Directory.CreateDirectory(folder);
        FolderCopy.Copy(Folder, folder, static file => !file.Contains(".sqlite-", StringComparison.Ordinal));
        return left;
    }

    /// <summary>Starts with what was left behind.</summary>
    public async Task GoOnWithAsync(int left)
    {
        await Engine.DisposeAsync();
        _generation = left;
        await OpenAsync();
    }

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
