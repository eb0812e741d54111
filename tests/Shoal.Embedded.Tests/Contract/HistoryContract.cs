using Shoal.Client.D1;

namespace Shoal.Embedded.Tests.Contract;

/// <summary>Reading what a database was, over HTTP and in process.</summary>
public abstract class HistoryContract(Func<Task<IClientHost>> start)
{
    [Fact]
    public async Task A_database_is_read_as_of_a_bookmark_and_goes_on_as_it_is()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");
        var session = host.Shop.WithSession();
        await session.BatchAsync(session.Prepare("INSERT INTO t VALUES (1)"), session.Prepare("INSERT INTO t VALUES (2)"));
        var past = host.Shop.AsOf(session.Bookmark!);
        await session.Prepare("DELETE FROM t WHERE a = 1").RunAsync();

        Assert.Equal([1L, 2L], await past.Prepare("SELECT a FROM t ORDER BY a").AllAsync<long>());
        Assert.Equal([2L], await past.Prepare("SELECT a FROM t WHERE a > ?").Bind(1).StreamAsync<long>().ToListAsync());
        var results = await past.BatchAsync(past.Prepare("SELECT count(*) FROM t"), past.Prepare("SELECT max(a) FROM t"));
        Assert.Equal([2L, 2L], results.Select(result => result.Rows<long>().Single()));
        Assert.Equal([2L], await host.Shop.AsOf(session.Bookmark!).Prepare("SELECT a FROM t").AllAsync<long>());
        Assert.Equal([2L], await host.Shop.Prepare("SELECT a FROM t").AllAsync<long>());
    }

    [Fact]
    public async Task A_database_is_read_as_of_a_time()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(a)");
        await host.Shop.ExecAsync("INSERT INTO t VALUES ('before')");
        var time = await NextMillisecondAsync();
        await NextMillisecondAsync();
        await host.Shop.ExecAsync("UPDATE t SET a = 'after'");

        // In another zone, for it is the same moment.
        var past = host.Shop.AsOf(time.ToOffset(TimeSpan.FromHours(5)));
        Assert.Equal("before", await past.Prepare("SELECT a FROM t").FirstAsync<string>());
    }

    [Fact]
    public async Task What_a_database_was_can_not_be_written_and_a_moment_that_is_not_there_is_an_error()
    {
        await using var host = await start();
        var session = host.Shop.WithSession();
        await session.Prepare("CREATE TABLE t(a)").RunAsync();
        var past = host.Shop.AsOf(session.Bookmark!);
        var written = await Assert.ThrowsAsync<ShoalException>(() => past.Prepare("INSERT INTO t VALUES (1)").RunAsync());
        Assert.Equal((ShoalErrorKind.InvalidRequest, false), (written.Kind, written.MayHaveBeenApplied));
        Assert.Contains("can only be read", written.Message, StringComparison.Ordinal);
        var none = await Assert.ThrowsAsync<ShoalException>(() => host.Shop.AsOf("no-such-name").Prepare("SELECT 1").RunAsync());
        Assert.Equal(ShoalErrorKind.InvalidRequest, none.Kind);
        var early = host.Shop.AsOf(DateTimeOffset.UnixEpoch.AddYears(40));
        Assert.Equal(ShoalErrorKind.InvalidRequest,
            (await Assert.ThrowsAsync<ShoalException>(() => early.Prepare("SELECT 1").RunAsync())).Kind);
        Assert.Equal(0, await host.Shop.Prepare("SELECT count(*) FROM t").FirstAsync<int>());
    }

    [Fact]
    public async Task A_migration_has_a_name_for_what_was_before_it()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(a); CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY, name TEXT)");
        var began = DateTimeOffset.UtcNow;
        await host.Shop.ExecAsync("DROP TABLE t; INSERT INTO d1_migrations(name) VALUES ('0001.sql')");

        // The name has the second in which it was given.
        var found = new List<int>();
        for (var second = began; second <= DateTimeOffset.UtcNow.AddSeconds(1); second = second.AddSeconds(1))
        {
            try
            {
                found.Add(await host.Shop.AsOf($"before-migration-{second.UtcDateTime:yyyyMMdd-HHmmss}")
                    .Prepare("SELECT count(*) FROM sqlite_schema WHERE name = 't'").FirstAsync<int>());
            }
            catch (ShoalException error) when (error.Kind == ShoalErrorKind.InvalidRequest)
            {
                Assert.Contains("nor the name of one", error.Message, StringComparison.Ordinal);
            }
        }

        Assert.Equal([1], found);
    }

    [Fact]
    public async Task A_statement_of_the_past_does_not_join_a_batch_of_the_present()
    {
        await using var host = await start();
        await host.Shop.ExecAsync("CREATE TABLE t(a)");
        var past = host.Shop.AsOf("before-cleanup").Prepare("SELECT a FROM t");
        await Assert.ThrowsAsync<ArgumentException>(() => host.Shop.BatchAsync(past));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Shop.WithSession().BatchAsync(past));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Shop.AsOf("another").BatchAsync(past));
    }

    [Fact]
    public async Task Asking_for_the_past_creates_no_database()
    {
        await using var host = await start();
        var missing = host.Client.Database("missing", createIfMissing: true);
        var error = await Assert.ThrowsAsync<ShoalException>(() => missing.AsOf("any-name").Prepare("SELECT 1").RunAsync());
        Assert.Equal(ShoalErrorKind.DatabaseNotFound, error.Kind);
        Assert.Null(await host.Client.FindDatabaseAsync("missing"));
    }

    /// <summary>Commits have times in milliseconds.</summary>
    private static async Task<DateTimeOffset> NextMillisecondAsync()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        while (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() == now)
        {
            await Task.Yield();
        }

        return DateTimeOffset.UtcNow;
    }
}
