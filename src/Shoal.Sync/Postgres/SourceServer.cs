using System.Diagnostics;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Shoal.Sync.Configuration;

namespace Shoal.Sync.Postgres;

/// <summary>The PostgreSQL server of a source: connections, its slot and its publication.</summary>
internal sealed class SourceServer(SourceSettings settings) : IAsyncDisposable
{
    private static readonly TimeSpan WritersPoll = TimeSpan.FromMilliseconds(50);

    private readonly NpgsqlDataSource _data = NpgsqlDataSource.Create(settings.Connection);

    public Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation) => _data.OpenConnectionAsync(cancellation).AsTask();

    /// <summary>The slot, or null when there is none.</summary>
    public async Task<SlotInfo?> FindSlotAsync(CancellationToken cancellation)
    {
        const string Sql = "SELECT coalesce(confirmed_flush_lsn, '0/0'::pg_lsn), active, coalesce(wal_status, 'lost'), "
            + "coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::int8, "
            + "coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::int8, safe_wal_size "
            + "FROM pg_replication_slots WHERE slot_name = $1 AND database = current_database()";
        await using var connection = await OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = settings.Slot } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new SlotInfo((ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(0), reader.GetBoolean(1), reader.GetString(2),
                reader.GetInt64(3), reader.GetInt64(4), reader.IsDBNull(5) ? null : reader.GetInt64(5))
            : null;
    }

    /// <summary>Makes the slot; waits for all transactions that run. Returns where it begins.</summary>
    public async Task<ulong> CreateSlotAsync(CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        await using var command = new NpgsqlCommand("SELECT lsn FROM pg_create_logical_replication_slot($1, 'pgoutput')", connection)
        {
            Parameters = { new() { Value = settings.Slot } },
            CommandTimeout = 0,
        };
        return (ulong)(NpgsqlLogSequenceNumber)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Who has had a writing transaction open for longest; null for nobody.</summary>
    public async Task<string?> FindOldestTransactionAsync(CancellationToken cancellation) => (await TextsAsync(
        "SELECT 'pid ' || pid || ', ' || state || ' since ' || xact_start::timestamptz(0) "
        + "|| ', ' || coalesce(nullif(application_name, ''), '?') "
        + "FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1", cancellation))
        .FirstOrDefault();

    public Task DropSlotAsync(CancellationToken cancellation) => ExecuteAsync(
        $"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = {SourceTable.Literal(settings.Slot)}",
        cancellation);

    public async Task ExecuteAsync(string sql, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public async Task<ulong> CurrentLsnAsync(CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        return await CurrentLsnAsync(connection, cancellation);
    }

    private static async Task<ulong> CurrentLsnAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT pg_current_wal_insert_lsn()", connection);
        return (ulong)(NpgsqlLogSequenceNumber)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Waits until every transaction that is under way has ended.</summary>
    /// <returns>Whether they have within the limit.</returns>
    public async Task<bool> WaitForWritersAsync(TimeSpan limit, CancellationToken cancellation)
    {
        var next = (await TextsAsync("SELECT pg_current_xact_id()::text", cancellation))[0];
        var began = Stopwatch.GetTimestamp();
        while ((await TextsAsync($"SELECT pg_snapshot_xmin(pg_current_snapshot()) >= '{next}'::xid8", cancellation))[0] != bool.TrueString)
        {
            if (Stopwatch.GetElapsedTime(began) > limit)
            {
                return false;
            }

            await Task.Delay(WritersPoll, cancellation);
        }

        return true;
    }

    /// <summary>The first column of a query, as texts.</summary>
    public async Task<List<string>> TextsAsync(string sql, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var texts = new List<string>();
        while (await reader.ReadAsync(cancellation))
        {
            if (!reader.IsDBNull(0))
            {
                texts.Add(System.Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!);
            }
        }

        return texts;
    }

    /// <summary>Begins a transaction that sees one moment, and says which.</summary>
    public static async Task<(NpgsqlTransaction Transaction, SourceSnapshot Snapshot)> BeginSnapshotAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        await using var command = new NpgsqlCommand("SET TRANSACTION READ ONLY; SELECT pg_current_snapshot()::text", connection);
        var text = (string)(await command.ExecuteScalarAsync(cancellation))!;

        // After the snapshot: whatever commits from here on stands behind it.
        return (transaction, SourceSnapshot.Parse(text, await CurrentLsnAsync(connection, cancellation)));
    }

    public ValueTask DisposeAsync() => _data.DisposeAsync();
}
