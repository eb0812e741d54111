using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Shoal.Sqlite.Native;
using Shoal.Sqlite.Statements;
using Shoal.Sqlite.Wal;

namespace Shoal.Sqlite.Connections;

/// <summary>One connection to one database file.</summary>
/// <remarks>
/// Thread: one at a time (the library is built without a mutex per connection); any thread in turn.
/// Owns: the native connection until disposed; statements must be disposed before it.
/// </remarks>
public sealed class SqliteConnection : IDisposable
{
    private const int OpenReadOnly = 0x1;
    private const int OpenReadWrite = 0x2;
    private const int OpenCreate = 0x4;
    private const int OpenUri = 0x40;
    private const int OpenNoMutex = 0x8000;
    private const int OpenExtendedCodes = 0x0200_0000;
    private const int ConfigDefensive = 1010;
    private const int ConfigNoCheckpointOnClose = 1006;
    private const uint PrepareFromCache = 0x1;

    /// <summary>Instructions between two looks at the deadline: about 20 µs of work.</summary>
    private const int ProgressInstructions = 2_000;

    private readonly GCHandle _self;
    private nint _handle;
    private ISqliteAuthorizer? _authorizer;
    private long _deadline = long.MaxValue;
    private CancellationToken _cancellation;
    private RunPace _pace;

    private SqliteConnection(nint handle, string path)
    {
        Path = path;
        _handle = handle;
        _self = GCHandle.Alloc(this, GCHandleType.Weak);
    }

    /// <summary>The database file, as it was named.</summary>
    public string Path { get; }

    /// <summary>Why the last statement that returned SQLITE_INTERRUPT was stopped.</summary>
    public InterruptReason InterruptReason { get; private set; }

    /// <summary>Whether no transaction is open.</summary>
    public bool IsAutocommit => NativeMethods.sqlite3_get_autocommit(_handle) != 0;

    /// <summary>Rowid of the last INSERT on this connection; sticky, also over rollbacks.</summary>
    public long LastInsertRowId
    {
        get => NativeMethods.sqlite3_last_insert_rowid(_handle);
        set => NativeMethods.sqlite3_set_last_insert_rowid(_handle, value);
    }

    /// <summary>Rows changed since the connection was opened.</summary>
    public long TotalChanges => NativeMethods.sqlite3_total_changes64(_handle);

    /// <summary>What the run of this thread was refused; a statement may have done without it.</summary>
    public static RunExcess RunExcess => (RunExcess)NativeMethods.shoal_run_exceeded();

    /// <summary>Message of the last error.</summary>
    public unsafe string ErrorMessage =>
        Marshal.PtrToStringUTF8((nint)NativeMethods.sqlite3_errmsg(_handle)) ?? "unknown error";

    /// <summary>Byte offset of the token the last error points at, or -1.</summary>
    public int ErrorOffsetBytes => NativeMethods.sqlite3_error_offset(_handle);

    /// <summary>Extended result code of the last call.</summary>
    public SqliteStatus ErrorStatus => new(NativeMethods.sqlite3_extended_errcode(_handle));

    /// <summary>Whether foreign key violations are outstanding in the open transaction.</summary>
    public bool HasDeferredViolations => NativeMethods.shoal_deferred_violations(_handle) > 0;

    /// <summary>Opens a database file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether to write and whether to create.</param>
    /// <param name="connection">The connection; null on failure.</param>
    public static unsafe SqliteStatus Open(string path, SqliteOpenMode mode, out SqliteConnection? connection)
    {
        _ = SqliteLibrary.Version;
        var flags = OpenNoMutex | OpenExtendedCodes | mode switch
        {
            SqliteOpenMode.Read => OpenReadOnly,
            SqliteOpenMode.Immutable => OpenReadOnly | OpenUri,
            SqliteOpenMode.ReadWrite => OpenReadWrite,
            SqliteOpenMode.Create => OpenReadWrite | OpenCreate,
        };
        nint handle;
        SqliteStatus status;
        fixed (byte* ownProcessOnly = "unix-excl"u8)
        {
            status = new SqliteStatus(NativeMethods.sqlite3_open_v2(
                mode == SqliteOpenMode.Immutable ? ImmutableUri(path) : path, &handle, flags,
                mode is SqliteOpenMode.Read or SqliteOpenMode.Immutable ? null : ownProcessOnly));
        }

        if (!status.IsSuccess)
        {
            _ = NativeMethods.sqlite3_close_v2(handle);
            connection = null;
            return status;
        }

        _ = NativeMethods.sqlite3_busy_timeout(handle, 5_000);
        connection = new SqliteConnection(handle, path);
        connection.InstallProgressHandler();
        return status;
    }

    /// <summary>Forbids SQL that could corrupt the file on purpose (SQLite's "defensive" mode).</summary>
    public unsafe void EnableDefensiveMode() =>
        _ = NativeMethods.sqlite3_db_config(_handle, ConfigDefensive, 1, null);

    /// <summary>Leaves the WAL alone when the last connection closes.</summary>
    public unsafe void DisableCheckpointOnClose() =>
        _ = NativeMethods.sqlite3_db_config(_handle, ConfigNoCheckpointOnClose, 1, null);

    /// <summary>Sets a run-time limit; values above the compiled maximum are cut to it.</summary>
    public void SetLimit(SqliteLimit limit, int value) => _ = NativeMethods.sqlite3_limit(_handle, (int)limit, value);

    /// <summary>Installs the authorizer that statements prepared from now on are checked by; null for none.</summary>
    public unsafe void SetAuthorizer(ISqliteAuthorizer? authorizer)
    {
        _authorizer = authorizer;
        _ = authorizer is null
            ? NativeMethods.sqlite3_set_authorizer(_handle, null, 0)
            : NativeMethods.sqlite3_set_authorizer(_handle, &OnAuthorize, GCHandle.ToIntPtr(_self));
    }

    /// <summary>
    /// Statements are interrupted at a deadline or when a token is cancelled, and fail when they take more than they may, until
    /// <see cref="EndRun"/>, which is called by the same thread.
    /// </summary>
    /// <param name="timeout">Time from now.</param>
    /// <param name="cancellation">The caller's wish to stop.</param>
    /// <param name="pace">Whether they give way to others.</param>
    /// <param name="bounds">What they may take, together.</param>
    public void BeginRun(TimeSpan timeout, CancellationToken cancellation, in RunPace pace = default, RunBounds bounds = default)
    {
        NativeMethods.shoal_run_begin(bounds.MemoryBytesMax, bounds.TemporaryBytesMax);
        _pace = pace;
        InterruptReason = InterruptReason.None;
        _cancellation = cancellation;
        ExtendRun(timeout);
    }

    /// <summary>Gives what follows in a run a new deadline.</summary>
    public void ExtendRun(TimeSpan timeout) =>
        _deadline = Stopwatch.GetTimestamp() + (long)(timeout.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Statements run without deadline and bounds again.</summary>
    public void EndRun()
    {
        NativeMethods.shoal_run_end();
        _deadline = long.MaxValue;
        _pace = default;
        _cancellation = default;
    }

    /// <summary>Compiles the first statement of a text.</summary>
    /// <param name="sql">UTF-8, ending with a NUL byte.</param>
    /// <param name="persistent">Whether the statement will be kept for long.</param>
    /// <param name="statement">The statement; null when the text up to the tail holds only white space and comments.</param>
    /// <param name="consumedBytes">Where the rest of the text starts.</param>
    public unsafe SqliteStatus Prepare(
        ReadOnlySpan<byte> sql, bool persistent, out SqliteStatement? statement, out int consumedBytes)
    {
        Debug.Assert(sql.Length > 0 && sql[^1] == 0, "the text must end with NUL");
        fixed (byte* text = sql)
        {
            nint handle;
            byte* tail;
            var status = new SqliteStatus(NativeMethods.sqlite3_prepare_v3(
                _handle, text, sql.Length, persistent ? PrepareFromCache : 0, &handle, &tail));
            statement = handle == 0 ? null : new SqliteStatement(handle);
            consumedBytes = tail is null ? 0 : (int)(tail - text);
            return status;
        }
    }

    /// <summary>Compiles one trusted statement.</summary>
    /// <exception cref="SqliteException">It does not compile.</exception>
    public SqliteStatement Prepare(string sql)
    {
        var status = Prepare(Encoding.UTF8.GetBytes(sql + '\0'), persistent: true, out var statement, out _);
        return status.IsSuccess && statement is not null ? statement : throw new SqliteException(status, ErrorMessage);
    }

    /// <summary>Runs trusted statements that return nothing of interest.</summary>
    /// <exception cref="SqliteException">One of them failed.</exception>
    public void Execute(string sql)
    {
        var text = Encoding.UTF8.GetBytes(sql + '\0').AsSpan();
        while (text.Length > 1)
        {
            var status = Prepare(text, persistent: false, out var statement, out var consumed);
            using (statement)
            {
                while (status.IsSuccess && statement is not null && status.Code != SqliteStatus.Done)
                {
                    status = statement.Step();
                }
            }

            if (!status.IsSuccess)
            {
                throw new SqliteException(status, ErrorMessage);
            }

            text = text[consumed..];
        }
    }

    /// <summary>Ends a read transaction, if an error has not ended it already.</summary>
    public void EndRead()
    {
        if (!IsAutocommit)
        {
            Execute("COMMIT");
        }
    }

    /// <summary>Runs one trusted statement and gives the first column of its first row; 0 without rows.</summary>
    /// <exception cref="SqliteException">It failed.</exception>
    public long QueryInteger(string sql)
    {
        using var statement = Prepare(sql);
        var status = statement.Step();
        return status.IsSuccess
            ? status.Code == SqliteStatus.Row ? statement.Row(1).Integer(0) : 0
            : throw new SqliteException(status, ErrorMessage);
    }

    /// <summary>Size of the main database as the open transaction sees it.</summary>
    public unsafe DatabaseSize GetSize()
    {
        uint pages, free, pageBytes;
        var status = NativeMethods.shoal_db_size(_handle, &pages, &free, &pageBytes);
        return status == SqliteStatus.Ok
            ? new DatabaseSize(pages, free, pageBytes)
            : throw new SqliteException(new SqliteStatus(status), "the size is known only inside a transaction");
    }

    /// <summary>
    /// Has the file system read the whole file into its cache, in order: what then reads it in another order finds it there. Costs
    /// little where it is there already. Ends where the file can not be read: who needs what lies there hears why.
    /// </summary>
    public void ReadAhead()
    {
        const int PieceBytes = 1024 * 1024;
        var status = SqliteStatus.Ok;
        for (long offset = 0; status == SqliteStatus.Ok; offset += PieceBytes)
        {
            status = NativeMethods.shoal_read_ahead(_handle, offset, PieceBytes);
        }
    }

    /// <summary>The WAL as this connection sees it; exact right after its own commit.</summary>
    /// <remarks>
    /// Not right after a checkpoint: one that meets a WAL other than this connection knew, because another has committed or a
    /// transaction here has died of an I/O error, makes the connection forget what it knew, and frames seem to be 0.
    /// </remarks>
    public unsafe WalState GetWalState()
    {
        WalState state;
        var status = NativeMethods.shoal_wal_state_get(_handle, &state);
        return status == SqliteStatus.Ok
            ? state
            : throw new SqliteException(new SqliteStatus(status), "cannot read the WAL state");
    }

    /// <summary>Copies frames of the WAL into the database file.</summary>
    public unsafe CheckpointResult Checkpoint(CheckpointMode mode)
    {
        int frames = -1, copied = -1;
        var status = new SqliteStatus(NativeMethods.sqlite3_wal_checkpoint_v2(_handle, 0, (int)mode, &frames, &copied));
        return new CheckpointResult(status, frames, copied);
    }

    /// <summary>Frees caches that can be rebuilt.</summary>
    public void ReleaseMemory() => _ = NativeMethods.sqlite3_db_release_memory(_handle);

    /// <summary>Copies this database into another, page by page, from one snapshot.</summary>
    /// <param name="target">The connection to overwrite.</param>
    /// <param name="progress">Called with pages remaining and pages in total.</param>
    public SqliteStatus BackupTo(SqliteConnection target, Action<int, int>? progress = null)
    {
        var backup = NativeMethods.sqlite3_backup_init(target._handle, "main", _handle, "main");
        if (backup == 0)
        {
            return target.ErrorStatus;
        }

        int step;
        do
        {
            step = NativeMethods.sqlite3_backup_step(backup, 1_000);
            progress?.Invoke(
                NativeMethods.sqlite3_backup_remaining(backup), NativeMethods.sqlite3_backup_pagecount(backup));
        }
        while (step == SqliteStatus.Ok);
        var finish = NativeMethods.sqlite3_backup_finish(backup);
        return new SqliteStatus(step == SqliteStatus.Done ? finish : step);
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        if (_handle != 0)
        {
            _ = NativeMethods.sqlite3_close_v2(_handle);
            _handle = 0;
            _self.Free();
        }
    }

    /// <summary>Source: https://www.sqlite.org/uri.html, "immutable".</summary>
    private static string ImmutableUri(string path) => "file:" + path.Replace("%", "%25", StringComparison.Ordinal)
        .Replace("?", "%3f", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal) + "?immutable=1";

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe int OnAuthorize(
        nint data, int action, byte* first, byte* second, byte* schema, byte* trigger)
    {
        const int Deny = 1;
        var connection = (SqliteConnection?)GCHandle.FromIntPtr(data).Target;
        return connection?._authorizer?.Allows(
            (AuthorizerAction)action,
            MemoryMarshal.CreateReadOnlySpanFromNullTerminated(first),
            MemoryMarshal.CreateReadOnlySpanFromNullTerminated(second),
            MemoryMarshal.CreateReadOnlySpanFromNullTerminated(schema)) is true
            ? 0
            : Deny;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnProgress(nint data) =>
        GCHandle.FromIntPtr(data).Target is SqliteConnection connection && connection.MustStop() ? 1 : 0;

    private unsafe void InstallProgressHandler() => NativeMethods.sqlite3_progress_handler(
        _handle, ProgressInstructions, &OnProgress, GCHandle.ToIntPtr(_self));

    private bool MustStop()
    {
        if (_deadline == long.MaxValue)
        {
            return false;
        }

        _pace.Pause?.Invoke();
        var now = Stopwatch.GetTimestamp();
        InterruptReason = now > _deadline ? InterruptReason.Deadline
            : MustYield(now) ? InterruptReason.Yielded
            : _cancellation.IsCancellationRequested ? InterruptReason.Cancelled
            : InterruptReason.None;
        return InterruptReason != InterruptReason.None;
    }

    private bool MustYield(long now)
    {
        if (_pace.MustYield is not { } mustYield || now < _pace.YieldAt)
        {
            return false;
        }

        var again = mustYield(now);
        _pace = _pace with { YieldAt = again };
        return again == 0;
    }
}
