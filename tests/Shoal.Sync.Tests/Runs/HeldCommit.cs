using Npgsql;

namespace Shoal.Sync.Tests.Runs;

/// <summary>A transaction whose commit stands in the log and is sent to the sync, while nobody else sees it: it waits for a standby.</summary>
internal sealed class HeldCommit : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly SyncFixture _sync;
    private readonly Task _committing;
    private bool _isReleased;

    private HeldCommit(SyncFixture sync, NpgsqlConnection connection, Task committing)
    {
        _sync = sync;
        _connection = connection;
        _committing = committing;
    }

    /// <summary>A position behind the commit.</summary>
    public ulong Position { get; private set; }

    public static async Task<HeldCommit> BeginAsync(SyncFixture sync, string connection, string sql)
    {
        var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        var command = new NpgsqlCommand($"SET synchronous_commit = on; BEGIN; {sql}; COMMIT", open) { CommandTimeout = 120 };
        var held = new HeldCommit(sync, open, RunAsync(command));
        await SyncFixture.UntilAsync(async () => await held.IsWaitingAsync(), () => "the commit does not wait");
        held.Position = ulong.Parse((await sync.SourceRowsAsync("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8"))[0]);
        return held;
    }

    public async Task<bool> IsWaitingAsync() => (await _sync.SourceRowsAsync(
        $"SELECT wait_event FROM pg_stat_activity WHERE pid = {_connection.ProcessID}")).SequenceEqual(["SyncRep"]);

    /// <summary>Lets others see it.</summary>
    public async Task ReleaseAsync()
    {
        _isReleased = true;
        await _sync.ExecuteAsync($"SELECT pg_cancel_backend({_connection.ProcessID})");
        await _committing.WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>Waits until it was let go by who it waits for.</summary>
    public Task EndAsync()
    {
        _isReleased = true;
        return _committing.WaitAsync(TimeSpan.FromMinutes(2));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isReleased)
        {
            await ReleaseAsync();
        }

        await _connection.DisposeAsync();
    }

    private static async Task RunAsync(NpgsqlCommand command)
    {
        await using (command)
        {
            await command.ExecuteNonQueryAsync();
        }
    }
}
