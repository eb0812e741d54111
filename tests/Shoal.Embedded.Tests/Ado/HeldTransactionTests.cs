using Shoal.Client.Ado;
using Shoal.Engine;

namespace Shoal.Embedded.Tests.Ado;

public sealed class HeldTransactionTests
{
    [Fact]
    public async Task It_reads_its_own_writes_while_others_read_the_state_before()
    {
        using var folder = new TempFolder();
        await using var engine = ShoalEngine.Open(folder.Root);
        var database = await PreparedAsync(engine);
        await using var connection = new ShoalDataSource(database).OpenConnection();
        await using var transaction = (ShoalTransaction)await connection.BeginTransactionAsync();
        Assert.False(transaction.IsBuffered);
        Assert.Equal(1, Run(transaction, "INSERT INTO t VALUES (1)"));
        Assert.Equal(1L, Read(transaction, "SELECT count(*) FROM t"));
        Assert.Equal(0, await CountAsync(database));
        var error = Assert.Throws<ShoalDbException>(() => Run(transaction, "INSERT INTO t VALUES (2); INSERT INTO t VALUES (1)"));
        Assert.Equal(ShoalErrorKind.Constraint, error.Kind);
        Assert.Equal(1L, Read(transaction, "SELECT count(*) FROM t"));
        Run(transaction, "INSERT INTO t VALUES (3)");
        await transaction.CommitAsync();
        Assert.Equal([1L, 3L], await database.Prepare("SELECT a FROM t ORDER BY a").AllAsync<long>());
    }

    [Fact]
    public async Task Other_writers_wait_for_its_end_and_lose_nothing()
    {
        using var folder = new TempFolder();
        await using var engine = ShoalEngine.Open(folder.Root);
        var database = await PreparedAsync(engine);
        await using var connection = new ShoalDataSource(database).OpenConnection();
        var insert = database.Prepare("INSERT INTO t VALUES (?)");
        await using var transaction = (ShoalTransaction)await connection.BeginTransactionAsync();
        var others = Enumerable.Range(100, 50).Select(value => insert.Bind(value).RunAsync()).ToArray();
        Run(transaction, "INSERT INTO t VALUES (1)");
        Assert.DoesNotContain(others, other => other.IsCompleted);
        await transaction.CommitAsync();
        await Task.WhenAll(others);
        Assert.Equal(51, await CountAsync(database));
    }

    [Fact]
    public async Task Many_that_read_and_then_write_never_lose_an_update()
    {
        using var folder = new TempFolder();
        await using var engine = ShoalEngine.Open(folder.Root);
        var database = await PreparedAsync(engine);
        await database.ExecAsync("INSERT INTO t VALUES (0)");
        var plain = database.Prepare("INSERT INTO t SELECT min(a) - 1 FROM t");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            await using var connection = new ShoalDataSource(database).OpenConnection();
            for (var turn = 0; turn < 20; turn++)
            {
                await using var transaction = (ShoalTransaction)await connection.BeginTransactionAsync();
                var highest = (long)Read(transaction, "SELECT max(a) FROM t")!;
                Run(transaction, $"INSERT INTO t VALUES ({highest + 1})");
                await transaction.CommitAsync();
                await plain.RunAsync();
            }
        })));
        Assert.Equal("160|-160|321", await database.Prepare("SELECT max(a) || '|' || min(a) || '|' || count(*) FROM t").FirstAsync<string>());
    }

    [Fact]
    public async Task One_that_is_open_for_too_long_is_rolled_back_and_says_so()
    {
        using var folder = new TempFolder();
        var time = new ManualTimeProvider();
        await using var engine = await ShoalEngine.OpenAsync(new ShoalEngineOptions
        {
            Engine = new EngineOptions
            {
                DataFolder = folder.Root, TimeProvider = time, Limits = new EngineLimits { TransactionTimeout = TimeSpan.FromSeconds(5) },
            },
        });
        var database = await PreparedAsync(engine);
        await using var connection = new ShoalDataSource(database).OpenConnection();
        await using var transaction = (ShoalTransaction)await connection.BeginTransactionAsync();
        Run(transaction, "INSERT INTO t VALUES (1)");
        var waiting = database.Prepare("INSERT INTO t VALUES (2)").RunAsync();
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(6));
        await waiting;
        var error = Assert.Throws<ShoalDbException>(() => Run(transaction, "INSERT INTO t VALUES (3)"));
        Assert.Equal((ShoalErrorKind.Timeout, false), (error.Kind, error.Error.MayHaveBeenApplied));
        Assert.Throws<ShoalDbException>(transaction.Commit);
        Assert.Equal([2L], await database.Prepare("SELECT a FROM t").AllAsync<long>());
    }

    [Fact]
    public async Task Deferred_foreign_keys_are_checked_at_the_commit()
    {
        using var folder = new TempFolder();
        await using var engine = ShoalEngine.Open(folder.Root);
        var database = await PreparedAsync(engine);
        await database.ExecAsync("CREATE TABLE c(a REFERENCES t(a) DEFERRABLE INITIALLY DEFERRED)");
        await using var connection = new ShoalDataSource(database).OpenConnection();
        await using (var transaction = (ShoalTransaction)await connection.BeginTransactionAsync())
        {
            Run(transaction, "INSERT INTO c VALUES (1)");
            Run(transaction, "INSERT INTO t VALUES (1)");
            await transaction.CommitAsync();
        }

        await using (var transaction = (ShoalTransaction)await connection.BeginTransactionAsync())
        {
            Run(transaction, "INSERT INTO c VALUES (2)");
            var error = await Assert.ThrowsAsync<ShoalDbException>(() => transaction.CommitAsync());
            Assert.Equal(ShoalErrorKind.Constraint, error.Kind);
        }

        Assert.Equal(1, await database.Prepare("SELECT count(*) FROM c").FirstAsync<int>());
    }

    [Fact]
    public async Task Disposing_the_engine_rolls_back_what_is_open()
    {
        using var folder = new TempFolder();
        var engine = ShoalEngine.Open(folder.Root);
        var database = await PreparedAsync(engine);
        await using var connection = new ShoalDataSource(database).OpenConnection();
        await using var transaction = (ShoalTransaction)await connection.BeginTransactionAsync();
        Run(transaction, "INSERT INTO t VALUES (1)");
        await engine.DisposeAsync();
        Assert.Throws<ShoalDbException>(transaction.Commit);
        await using var again = ShoalEngine.Open(folder.Root);
        Assert.Equal(0, await CountAsync(again.Database("t")));
    }

    [Fact]
    public async Task Committed_transactions_survive_a_copy_of_the_folder_as_it_lies()
    {
        using var folder = new TempFolder();
        using var copy = new TempFolder();
        await using var engine = ShoalEngine.Open(folder.Root);

        // The round of checkpoints of the start must be over: it would tear the copy apart.
        await engine.Engine.CheckpointAsync();
        var database = await PreparedAsync(engine);
        await using var connection = new ShoalDataSource(database).OpenConnection();
        await using (var transaction = (ShoalTransaction)await connection.BeginTransactionAsync())
        {
            Run(transaction, "INSERT INTO t VALUES (1)");
            await transaction.CommitAsync();
        }

        await using var open = (ShoalTransaction)await connection.BeginTransactionAsync();
        Run(open, "INSERT INTO t VALUES (2)");
        foreach (var file in Directory.EnumerateFiles(folder.Root, "*", SearchOption.AllDirectories)
            .Where(static file => Path.GetFileName(file) != "LOCK" && !file.EndsWith(".new", StringComparison.Ordinal)))
        {
            var target = copy.Combine(Path.GetRelativePath(folder.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        await using var recovered = ShoalEngine.Open(copy.Root);
        Assert.Equal([1L], await recovered.Database("t").Prepare("SELECT a FROM t").AllAsync<long>());
    }

    private static async Task<Database> PreparedAsync(ShoalEngine engine)
    {
        var database = engine.Database("t", createIfMissing: true);
        await database.ExecAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");
        return database;
    }

    private static Task<int> CountAsync(Database database) => database.Prepare("SELECT count(*) FROM t").FirstAsync<int>();

    private static int Run(ShoalTransaction transaction, string sql) => Command(transaction, sql).ExecuteNonQuery();

    private static object? Read(ShoalTransaction transaction, string sql) => Command(transaction, sql).ExecuteScalar();

    private static ShoalCommand Command(ShoalTransaction transaction, string sql) => new()
    {
        Connection = (ShoalConnection?)transaction.Connection,
        Transaction = transaction,
        CommandText = sql,
    };
}
