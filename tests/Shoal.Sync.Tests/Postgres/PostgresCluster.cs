using System.Diagnostics;
using Npgsql;

namespace Shoal.Sync.Tests.Postgres;

/// <summary>A PostgreSQL 15 of its own: started in a temporary folder, stopped at once when the test wants it, gone at the end.</summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    private const string Programs = "/usr/lib/postgresql/15/bin";

    /// <summary>At least two minutes.</summary>
    private const int StartAttemptsMax = 2_400;

    private readonly string _folder = Directory.CreateTempSubdirectory("shoal-pg-").FullName;
    private Process? _server;
    private int _databases;

    public int Port { get; } = FreePort.Next();

    public static bool IsRoot { get; } = string.Equals(Environment.UserName, "root", StringComparison.Ordinal);

    private string Data => Path.Combine(_folder, "data");

    public string Connection(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database}";

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Path.Combine(Programs, "postgres")))
        {
            throw new InvalidOperationException("PostgreSQL 15 is missing: apt-get install -y --no-install-recommends postgresql-15");
        }

        if (IsRoot)
        {
            // PostgreSQL does not run as root.
            await SystemProgram.RunAsync("chown", "postgres:postgres", _folder);
        }

        await RunAsPostgresAsync(Path.Combine(Programs, "initdb"), "-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C", "--no-sync");

        // Not on the command line, which ALTER SYSTEM could not change.
        await File.AppendAllTextAsync(Path.Combine(Data, "postgresql.conf"), "max_slot_wal_keep_size = 1GB\n");
        await StartAsync();
    }

    public async Task StartAsync()
    {
        // Only its processes end, never the machine: nothing needs to be flushed, and recovery need not flush all files first.
        _server = Launch(Path.Combine(Programs, "postgres"), "-D", Data, "-p", Port.ToString(), "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", "-c", "wal_level=logical", "-c", "max_replication_slots=50", "-c", "max_wal_senders=50",
            "-c", "autovacuum=off", "-c", "logging_collector=off", "-c", "fsync=off");
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await ExecuteAsync("postgres", "SELECT 1");
                return;
            }
            catch (NpgsqlException) when (attempt < StartAttemptsMax && !_server.HasExited)
            {
                // It is starting, or recovering.
                await Task.Delay(50);
            }
        }
    }

    /// <summary>As a crash: nothing is flushed, clients are cut off.</summary>
    public async Task StopImmediatelyAsync()
    {
        await RunAsPostgresAsync(Path.Combine(Programs, "pg_ctl"), "-D", Data, "-m", "immediate", "-w", "stop");
        await _server!.WaitForExitAsync();
        _server.Dispose();
        _server = null;
        NpgsqlConnection.ClearAllPools();
    }

    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync("postgres", $"CREATE DATABASE {name}");
        return name;
    }

    public async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(Connection(database) + ";Timeout=30");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await StopImmediatelyAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static Task RunAsPostgresAsync(string program, params string[] arguments) => IsRoot
        ? SystemProgram.RunAsync("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", program, .. arguments])
        : SystemProgram.RunAsync(program, arguments);

    private Process Launch(string program, params string[] arguments)
    {
        var log = Path.Combine(_folder, "log");
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        string[] prefix = IsRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec \"$@\" >>{log} 2>&1");
        start.ArgumentList.Add("sh");
        foreach (var one in (string[])[.. prefix, program, .. arguments])
        {
            start.ArgumentList.Add(one);
        }

        return Process.Start(start)!;
    }
}
