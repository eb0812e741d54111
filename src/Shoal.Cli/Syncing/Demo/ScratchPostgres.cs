using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Shoal.Cli.Syncing.Demo;

/// <summary>A PostgreSQL of its own in a temporary folder, only for this machine; gone with all it has at the end.</summary>
internal sealed class ScratchPostgres : IAsyncDisposable
{
    private const string Installed = "/usr/lib/postgresql";
    private const int OldestVersion = 14;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    private readonly string _programs;
    private readonly string _folder;
    private readonly int _port;
    private Process? _server;

    private ScratchPostgres(string programs, string folder)
    {
        _programs = programs;
        _folder = folder;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool IsRoot { get; } = Environment.UserName == "root";

    /// <summary>For Npgsql, and as an address for people.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"postgresql://postgres@127.0.0.1:{_port}/postgres");

    public string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres");

    /// <exception cref="CliException">PostgreSQL is not installed, or does not start.</exception>
    public static async Task<ScratchPostgres> StartAsync(CancellationToken cancellationToken)
    {
        var programs = FindPrograms() ?? throw new CliException($"PostgreSQL {OldestVersion} or newer is not installed in {Installed}",
            "on Debian: apt-get install -y --no-install-recommends postgresql-15");
        var postgres = new ScratchPostgres(programs, Directory.CreateTempSubdirectory("shoal-postgresql-").FullName);
        try
        {
            await postgres.BeginAsync(cancellationToken);
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
        {
            if (!_server.HasExited)
            {
                // Immediate: nobody wants what is in it.
                await RunAsync("kill", ["-QUIT", _server.Id.ToString(CultureInfo.InvariantCulture)], CancellationToken.None);
                await _server.WaitForExitAsync().WaitAsync(StopTimeout);
            }

            _server.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string? FindPrograms() => !Directory.Exists(Installed) ? null
        : Directory.GetDirectories(Installed)
            .Select(static folder => (folder, version: int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number)
                ? number : 0))
            .Where(static one => one.version >= OldestVersion && File.Exists(Path.Combine(one.folder, "bin", "postgres")))
            .OrderByDescending(static one => one.version).Select(static one => Path.Combine(one.folder, "bin")).FirstOrDefault();

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (IsRoot)
        {
            // PostgreSQL does not run as root.
            await RunAsync("chown", ["postgres:postgres", _folder], cancellationToken);
        }

        var data = Path.Combine(_folder, "data");
        var (program, arguments) = AsPostgres("initdb", "-D", data, "-U", "postgres",
            "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await RunAsync(program, arguments, cancellationToken);
        (program, arguments) = AsPostgres("postgres", "-D", data, "-p", _port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "wal_level=logical", "-c", "logging_collector=on",
            "-c", "max_slot_wal_keep_size=4GB");
        _server = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = "/", UseShellExecute = false,
            RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        _server.BeginErrorReadLine();
        _server.BeginOutputReadLine();
        while (true)
        {
            try
            {
                await ExecuteAsync("SELECT 1", cancellationToken);
                return;
            }
            catch (NpgsqlException) when (!_server.HasExited)
            {
                // It is starting.
                await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
            }
        }
    }

    private (string Program, string[] Arguments) AsPostgres(string program, params string[] arguments) => IsRoot
        ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", Path.Combine(_programs, program), .. arguments])
        : (Path.Combine(_programs, program), arguments);

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = "/", UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new CliException($"{program} failed: {error}{await output}".TrimEnd(), "is PostgreSQL installed as Debian does it?");
        }
    }
}
