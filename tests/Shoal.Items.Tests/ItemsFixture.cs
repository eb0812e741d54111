using Shoal.Engine;
using Shoal.Items.Tables;
using Shoal.Items.Values;
using Shoal.Protocol;

namespace Shoal.Items.Tests;

/// <summary>Items on a temporary data folder.</summary>
internal sealed class ItemsFixture : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private DatabaseEngine _engine = null!;

    public ItemStore Store { get; private set; } = null!;

    public DatabaseId Id { get; private set; }

    public static async Task<ItemsFixture> StartAsync(TimeProvider? time = null)
    {
        var fixture = new ItemsFixture();
        fixture._engine = await fixture.OpenAsync(time);
        fixture.Id = (await fixture._engine.CreateDatabaseAsync(new() { Account = "a", Name = "main" })).Id;
        fixture.Store = new ItemStore(fixture._engine, fixture.Id);
        return fixture;
    }

    public async Task RestartAsync()
    {
        await Store.DisposeAsync();
        await _engine.DisposeAsync();
        _engine = await OpenAsync(time: null);
        Store = new ItemStore(_engine, Id);
    }

    /// <summary>A table with the keys <c>pk</c> and <c>sk</c>, texts.</summary>
    public static ItemTable Table(string name, params SecondaryIndex[] indexes)
    {
        var partition = new KeyDefinition("pk", AttributeType.S);
        var sort = new KeyDefinition("sk", AttributeType.S);
        return new ItemTable { Name = name, Key = new KeySchema(partition, sort), Attributes = [partition, sort], Indexes = indexes };
    }

    public static SecondaryIndex Index(string name, string partition, string? sort = null, bool isLocal = false) => new()
    {
        Name = name,
        IsLocal = isLocal,
        Key = new KeySchema(new KeyDefinition(partition, AttributeType.S),
            sort is null ? null : new KeyDefinition(sort, AttributeType.S)),
    };

    public static Item Key(string partition, string sort) =>
        new ItemBuilder().Add("pk", partition).Add("sk", sort).Build();

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await _engine.DisposeAsync();
        _folder.Dispose();
    }

    private Task<DatabaseEngine> OpenAsync(TimeProvider? time) => DatabaseEngine.OpenAsync(new EngineOptions
    {
        DataFolder = _folder.Combine("data"),
        Limits = new EngineLimits { LogSegmentBytes = 4 * 1024 * 1024 },
        TimeProvider = time ?? TimeProvider.System,
    });
}
