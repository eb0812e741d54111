using System.Text;
using Shoal.Engine.Catalog;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Tests;

/// <summary>An engine on a temporary data folder with one database.</summary>
internal sealed class EngineFixture : IAsyncDisposable
{
    private readonly EngineLimits? _limits;
    private readonly TimeProvider? _time;

    private EngineFixture(string folder, EngineLimits? limits, TimeProvider? time)
    {
        Folder = folder;
        _limits = limits;
        _time = time;
    }

    /// <summary>The tests run once in each mode: <c>SHOAL_TEST_DURABILITY=sqlite</c> asks for the other.</summary>
    public static DurabilityMode Mode { get; } =
        Environment.GetEnvironmentVariable("SHOAL_TEST_DURABILITY") == "sqlite" ? DurabilityMode.Sqlite : DurabilityMode.Log;

    public string Folder { get; }

    public DatabaseEngine Engine { get; private set; } = null!;

    /// <summary>What it runs with; the scope of its meter.</summary>
    public EngineOptions Options { get; private set; } = null!;

    public DatabaseId Id { get; private set; }

    public string DatabasePath =>
        Directory.GetFiles(Folder, Id + ".sqlite", SearchOption.AllDirectories).Single();

    public static async Task<EngineFixture> StartAsync(EngineLimits? limits = null, TimeProvider? time = null)
    {
        var folder = Directory.CreateTempSubdirectory("shoal-engine-").FullName;
        var fixture = new EngineFixture(folder, limits, time);
        await fixture.OpenAsync();
        fixture.Id = (await fixture.Engine.CreateDatabaseAsync(New("main"))).Id;
        return fixture;
    }

    /// <summary>An engine on a folder that exists; disposal removes the folder.</summary>
    public static async Task<EngineFixture> OpenAsync(string folder, DatabaseId id)
    {
        var fixture = new EngineFixture(folder, limits: null, time: null) { Id = id };
        await fixture.OpenAsync();
        return fixture;
    }

    public static NewDatabase New(string name, string account = "a") => new() { Account = account, Name = name };

    public async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        await OpenAsync();
    }

    /// <summary>Runs SQL on the database and gives the last statement's rows as text, cells joined by a bar.</summary>
    public async Task<string> RunAsync(string sql, params SqlValue[] parameters) =>
        Format((await ResultsAsync(sql, parameters))[^1].Rows);

    /// <summary>As <see cref="RunAsync"/>, on another database.</summary>
    public async Task<string> RunOnAsync(DatabaseId id, string sql)
    {
        var collector = new ResultCollector();
        await Engine.ExecuteAsync(id, SqlRequest.Single(sql), collector);
        return Format(collector.Rows);
    }

    public async Task<IReadOnlyList<StatementResult>> ResultsAsync(string sql, params SqlValue[] parameters)
    {
        var collector = new ResultCollector();
        await Engine.ExecuteAsync(Id, SqlRequest.Single(sql, parameters), collector);
        return collector.Results;
    }

    public async Task<IReadOnlyList<StatementResult>> BatchAsync(params SqlBatchItem[] items)
    {
        var collector = new ResultCollector();
        await Engine.ExecuteAsync(Id, new SqlRequest { Items = items }, collector);
        return collector.Results;
    }

    public async Task<string> FailAsync(string sql, params SqlValue[] parameters) =>
        (await Assert.ThrowsAnyAsync<EngineException>(() => ResultsAsync(sql, parameters))).Message;

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Format(IReadOnlyList<SqlValue[]> rows) =>
        string.Join('\n', rows.Select(row => string.Join('|', row.Select(Format))));

    private static string Format(SqlValue value) => value.Kind switch
    {
        SqlValueKind.Null => "NULL",
        SqlValueKind.Blob => "x" + Convert.ToHexStringLower(value.AsBytes.Span),
        SqlValueKind.Text => Encoding.UTF8.GetString(value.AsBytes.Span),
        _ => value.ToObject()!.ToString()!,
    };

    private async Task OpenAsync()
    {
        Options = new EngineOptions
        {
            DataFolder = Folder,
            Limits = (_limits ?? new EngineLimits()) with { LogSegmentBytes = 4 * 1024 * 1024 },
            TimeProvider = _time ?? TimeProvider.System,

            // Where the test moves the clock, nothing but the test is to happen.
            CheckpointInterval = _time is null ? TimeSpan.FromSeconds(30) : TimeSpan.FromDays(10_000),
            Durability = Mode,
        };
        Engine = await DatabaseEngine.OpenAsync(Options);
        if (_time is not null)
        {
            // A round of checkpoints is due at every start, on threads of its own, and holds databases open.
            await Engine.CheckpointAsync();
        }
    }
}
