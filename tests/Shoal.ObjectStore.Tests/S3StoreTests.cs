using System.Text;
using Shoal.Cli.Tests;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.History.Stores;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.ObjectStore.Tests;

/// <summary>Goal: what folders as stores are tested for holds in buckets of a real S3 server, too.</summary>
public sealed class S3StoreTests(RadosGateway gateway) : IClassFixture<RadosGateway>, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private async Task<S3ObjectStore> NewStoreAsync()
    {
        gateway.Require();
        return Open($"s3://{await gateway.CreateBucketAsync()}/some/prefix");
    }

    private S3ObjectStore Open(string address) => new(S3Address.Parse(address), gateway.Endpoint);

    [Fact]
    public async Task Objects_are_created_once_read_by_range_listed_in_order_and_deleted()
    {
        using var store = await NewStoreAsync();
        var content = new byte[100_000];
        new Random(1).NextBytes(content);
        Assert.True(await store.CreateAsync("packs/a", content, None));
        Assert.False(await store.CreateAsync("packs/a", "other"u8.ToArray(), None));
        Assert.True(await store.CreateAsync("steps/1", Array.Empty<byte>(), None));
        var target = new byte[60_000];
        Assert.Equal(60_000, await store.ReadAsync("packs/a", 30_000, target, None));
        Assert.True(content.AsSpan(30_000, 60_000).SequenceEqual(target));
        Assert.Equal(40_000, await store.ReadAsync("packs/a", 60_000, target, None));
        Assert.Equal(-1, await store.ReadAsync("packs/b", 0, target, None));
        Assert.Equal([new StoredObject("packs/a", 100_000)], await ListAsync(store, "packs/"));
        await store.DeleteAsync("packs/a", None);
        await store.DeleteAsync("packs/a", None);
        Assert.Equal([new StoredObject("steps/1", 0)], await ListAsync(store, ""));
    }

    [Fact]
    public async Task Of_many_who_create_one_object_exactly_one_does()
    {
        using var store = await NewStoreAsync();
        for (var round = 0; round < 5; round++)
        {
            var name = $"steps/{round}";
            var created = await Task.WhenAll(Enumerable.Range(0, 8).Select(index => TryCreateAsync(store, name, [(byte)index])));
            Assert.Single(created, static one => one);
            var content = new byte[1];
            Assert.Equal(1, await store.ReadAsync(name, 0, content, None));
            Assert.Equal(Array.IndexOf(created, true), content[0]);
        }
    }

    [Fact]
    public async Task More_objects_than_one_answer_holds_are_all_listed()
    {
        using var store = await NewStoreAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 1_050), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (index, _) => Assert.True(await TryCreateAsync(store, $"steps/{index:d5}", new byte[index % 7])));
        var found = await ListAsync(store, "steps/");
        Assert.Equal(Enumerable.Range(0, 1_050).Select(static index => new StoredObject($"steps/{index:d5}", index % 7)), found);
    }

    [Fact]
    public async Task The_probe_says_what_the_server_honours()
    {
        gateway.Require();
        var bucket = await gateway.CreateBucketAsync();
        var shoal = new CommandLine(_folder.Root);
        var json = await shoal.JsonAsync("history", "probe", $"s3://{bucket}/node", "--endpoint", gateway.Endpoint.ToString());
        Assert.True(json.GetProperty("usable").GetBoolean());
        Assert.True(json.GetProperty("create_only").GetBoolean());
        Assert.True(json.GetProperty("range_reads").GetBoolean());
        Assert.True(json.GetProperty("checksums").GetBoolean());

        // This server compares the text of the tag with its quotation marks, and so refuses each If-Match.
        Assert.False(json.GetProperty("replace_if_match").GetBoolean());
        using var store = Open($"s3://{bucket}");
        Assert.Empty(await ListAsync(store, ""));
    }

    [Theory]
    [InlineData("wrong-key")]
    [InlineData("no-bucket")]
    public async Task A_refusal_has_a_hint_and_no_secret(string what)
    {
        gateway.Require();
        var bucket = what == "no-bucket" ? "there-is-none" : await gateway.CreateBucketAsync();
        var secret = Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", what == "wrong-key" ? "another-secret" : secret);
        CommandResult result;
        try
        {
            result = await new CommandLine(_folder.Root).RunAsync("restore", "--from", $"s3://{bucket}/node", "--to", "data",
                "--endpoint", gateway.Endpoint.ToString());
        }
        finally
        {
            Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", secret);
        }

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(what == "no-bucket" ? "NoSuchBucket" : "SignatureDoesNotMatch", result.Error, StringComparison.Ordinal);
        Assert.Contains("hint: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.Error.Replace("AWS_SECRET_ACCESS_KEY", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain(RadosGateway.AccessKey, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.Combine("data")));
    }

    [Fact]
    public async Task A_lost_node_is_made_anew_from_its_bucket_with_packs_of_several_parts_and_goes_on()
    {
        gateway.Require();
        var address = $"s3://{await gateway.CreateBucketAsync()}/node";
        using var store = Open(address);
        var (ids, dumps) = (new List<DatabaseId>(), new List<string>());
        var lost = await DatabaseEngine.OpenAsync(Options("lost", store));
        for (var index = 0; index < 10; index++)
        {
            ids.Add((await lost.CreateDatabaseAsync(new NewDatabase { Account = "account", Name = $"tenant-{index}" })).Id);

            // Random bytes do not get smaller: one pack is larger than a part.
            await RunAsync(lost, ids[index], "CREATE TABLE t(a, b)");
            for (var row = 0; row < (index == 0 ? 13 : 1); row++)
            {
                await RunAsync(lost, ids[index], $"INSERT INTO t VALUES ({index}, randomblob({(index == 0 ? 1_500_000 : 1_000)}))");
            }
        }

        await lost.TimeTravel.UploadAsync();
        await RunAsync(lost, ids[3], "INSERT INTO t VALUES ('the tail', NULL)");
        await lost.TimeTravel.UploadAsync();
        foreach (var id in ids)
        {
            dumps.Add(await RunAsync(lost, id, "SELECT group_concat(a || hex(substr(b, 1, 100))) || count(*) || sum(length(b)) FROM t"));
        }

        // The old node lives on, and is locked out when the new one begins.
        var json = await new CommandLine(_folder.Root).JsonAsync("restore", "--from", address, "--to", "made", "--endpoint",
            gateway.Endpoint.ToString());
        Assert.Equal(10, json.GetProperty("databases").GetInt32());
        await using (var made = await DatabaseEngine.OpenAsync(Options("made", store)))
        {
            for (var index = 0; index < ids.Count; index++)
            {
                Assert.Equal(dumps[index], await RunAsync(made, ids[index],
                    "SELECT group_concat(a || hex(substr(b, 1, 100))) || count(*) || sum(length(b)) FROM t"));
            }

            await RunAsync(made, ids[5], "DELETE FROM t");
            await made.TimeTravel.UploadAsync();
            await RunAsync(lost, ids[5], "INSERT INTO t VALUES ('too late', NULL)");
            var fenced = await Assert.ThrowsAnyAsync<EngineException>(() => lost.TimeTravel.UploadAsync());
            Assert.Contains("another node", fenced.Message, StringComparison.Ordinal);
        }

        await lost.DisposeAsync();
        await NodeRestore.RunAsync(new NodeRestoreOptions { Store = store, DataFolder = _folder.Combine("again") },
            new Progress<NodeRestoreProgress>());
        await using var again = await DatabaseEngine.OpenAsync(Options("again", store: null));
        Assert.Equal("0", await RunAsync(again, ids[5], "SELECT count(*) FROM t"));
        Assert.Equal(dumps[0], await RunAsync(again, ids[0],
            "SELECT group_concat(a || hex(substr(b, 1, 100))) || count(*) || sum(length(b)) FROM t"));
    }

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3:///prefix")]
    [InlineData("s3://key:secret@bucket/prefix")]
    [InlineData("s3://bucket//prefix")]
    public void An_address_that_is_not_valid_is_refused_without_being_repeated(string address)
    {
        var error = Assert.Throws<ObjectStoreException>(() => S3Address.Parse(address));
        Assert.DoesNotContain("secret@", error.Message + error.Hint, StringComparison.Ordinal);
        Assert.False(error.MayPass);
    }

    [Fact]
    public void An_address_is_a_bucket_and_a_prefix()
    {
        Assert.Equal(new S3Address("bucket", "a/b/"), S3Address.Parse("s3://bucket/a/b/"));
        Assert.Equal(new S3Address("bucket", ""), S3Address.Parse("s3://bucket"));
        Assert.Equal("s3://bucket/a/b", S3Address.Parse("s3://bucket/a/b").ToString());
    }

    private EngineOptions Options(string folder, IObjectStore? store) => new()
    {
        DataFolder = _folder.Combine(folder),
        HistoryStore = store,
        HistoryUploadInterval = TimeSpan.FromDays(1),
    };

    /// <summary>Two at once, or many, may be told to try again; who then finds it taken by itself counts as its creator.</summary>
    private static async Task<bool> TryCreateAsync(S3ObjectStore store, string name, byte[] content)
    {
        while (true)
        {
            try
            {
                return await store.CreateAsync(name, content, None);
            }
            catch (ObjectStoreException error) when (error.MayPass)
            {
                var stored = new byte[content.Length + 1];
                if (await store.ReadAsync(name, 0, stored, None) is >= 0 and var count)
                {
                    return content.AsSpan().SequenceEqual(stored.AsSpan(0, count));
                }
            }
        }
    }

    private static async Task<List<StoredObject>> ListAsync(S3ObjectStore store, string prefix)
    {
        var found = new List<StoredObject>();
        await foreach (var one in store.ListAsync(prefix, None))
        {
            found.Add(one);
        }

        return found;
    }

    private static async Task<string> RunAsync(DatabaseEngine engine, DatabaseId id, string sql)
    {
        var rows = new ResultCollector();
        await engine.ExecuteAsync(id, SqlRequest.Relaxed(sql), rows);
        var value = rows.Rows.Count > 0 ? rows.Rows[0][0] : SqlValue.Null;
        return value.Kind switch
        {
            SqlValueKind.Null => "null",
            SqlValueKind.Integer => value.AsInteger.ToString(),
            _ => Encoding.UTF8.GetString(value.AsBytes.Span),
        };
    }
}
