using System.Runtime.InteropServices;

namespace Shoal.Sqlite.Native;

/// <summary>The entry points of our SQLite build, as <c>sqlite3.h</c> and <c>native/shoal_sqlite.h</c> declare them.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "shoal_sqlite";

    [LibraryImport(Library)]
    internal static partial int shoal_abi_version();

    [LibraryImport(Library)]
    internal static partial int shoal_initialize();

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial void shoal_run_begin(long memoryMax, long temporaryMax);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial void shoal_run_end();

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int shoal_run_exceeded();

    [LibraryImport(Library)]
    internal static partial int shoal_wal_state_get(nint db, Wal.WalState* state);

    [LibraryImport(Library)]
    internal static partial int shoal_db_size(nint db, uint* pageCount, uint* freePages, uint* pageSize);

    [LibraryImport(Library)]
    internal static partial int shoal_deferred_violations(nint db);

    [LibraryImport(Library)]
    internal static partial int shoal_read_ahead(nint db, long offset, int bytes);

    [LibraryImport(Library)]
    internal static partial int sqlite3_libversion_number();

    [LibraryImport(Library)]
    internal static partial byte* sqlite3_libversion();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sqlite3_open_v2(string fileName, nint* db, int flags, byte* vfs);

    [LibraryImport(Library)]
    internal static partial int sqlite3_close_v2(nint db);

    [LibraryImport(Library)]
    internal static partial int sqlite3_db_config(nint db, int option, int value, int* result);

    [LibraryImport(Library)]
    internal static partial int sqlite3_limit(nint db, int id, int value);

    [LibraryImport(Library)]
    internal static partial int sqlite3_busy_timeout(nint db, int milliseconds);

    [LibraryImport(Library)]
    internal static partial int sqlite3_extended_result_codes(nint db, int on);

    [LibraryImport(Library)]
    internal static partial int sqlite3_extended_errcode(nint db);

    [LibraryImport(Library)]
    internal static partial byte* sqlite3_errmsg(nint db);

    [LibraryImport(Library)]
    internal static partial int sqlite3_error_offset(nint db);

    [LibraryImport(Library)]
    internal static partial int sqlite3_get_autocommit(nint db);

    [LibraryImport(Library)]
    internal static partial long sqlite3_last_insert_rowid(nint db);

    [LibraryImport(Library)]
    internal static partial void sqlite3_set_last_insert_rowid(nint db, long rowId);

    [LibraryImport(Library)]
    internal static partial long sqlite3_total_changes64(nint db);

    [LibraryImport(Library)]
    internal static partial int sqlite3_txn_state(nint db, nint schema);

    [LibraryImport(Library)]
    internal static partial int sqlite3_db_release_memory(nint db);

    [LibraryImport(Library)]
    internal static partial int sqlite3_wal_checkpoint_v2(nint db, nint schema, int mode, int* frames, int* done);

    [LibraryImport(Library)]
    internal static partial int sqlite3_set_authorizer(
        nint db, delegate* unmanaged[Cdecl]<nint, int, byte*, byte*, byte*, byte*, int> callback, nint data);

    [LibraryImport(Library)]
    internal static partial void sqlite3_progress_handler(
        nint db, int instructions, delegate* unmanaged[Cdecl]<nint, int> callback, nint data);

    [LibraryImport(Library)]
    internal static partial int sqlite3_prepare_v3(
        nint db, byte* sql, int length, uint flags, nint* statement, byte** tail);

    [LibraryImport(Library)]
    internal static partial int sqlite3_step(nint statement);

    [LibraryImport(Library)]
    internal static partial int sqlite3_reset(nint statement);

    [LibraryImport(Library)]
    internal static partial int sqlite3_clear_bindings(nint statement);

    [LibraryImport(Library)]
    internal static partial int sqlite3_finalize(nint statement);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int sqlite3_stmt_readonly(nint statement);

    [LibraryImport(Library)]
    internal static partial int sqlite3_stmt_isexplain(nint statement);

    [LibraryImport(Library)]
    internal static partial int sqlite3_stmt_status(nint statement, int counter, int reset);

    [LibraryImport(Library)]
    internal static partial int sqlite3_bind_parameter_count(nint statement);

    [LibraryImport(Library)]
    internal static partial int sqlite3_bind_null(nint statement, int index);

    [LibraryImport(Library)]
    internal static partial int sqlite3_bind_int64(nint statement, int index, long value);

    [LibraryImport(Library)]
    internal static partial int sqlite3_bind_double(nint statement, int index, double value);

    [LibraryImport(Library)]
    internal static partial int sqlite3_bind_text64(
        nint statement, int index, byte* text, ulong length, nint destructor, byte encoding);

    [LibraryImport(Library)]
    internal static partial int sqlite3_bind_blob64(
        nint statement, int index, byte* bytes, ulong length, nint destructor);

    [LibraryImport(Library)]
    internal static partial int sqlite3_bind_zeroblob(nint statement, int index, int length);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int sqlite3_column_count(nint statement);

    [LibraryImport(Library)]
    internal static partial byte* sqlite3_column_name(nint statement, int column);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int sqlite3_column_type(nint statement, int column);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial long sqlite3_column_int64(nint statement, int column);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial double sqlite3_column_double(nint statement, int column);

    [LibraryImport(Library)]
    internal static partial byte* sqlite3_column_text(nint statement, int column);

    [LibraryImport(Library)]
    internal static partial byte* sqlite3_column_blob(nint statement, int column);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int sqlite3_column_bytes(nint statement, int column);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint sqlite3_backup_init(nint target, string targetName, nint source, string sourceName);

    [LibraryImport(Library)]
    internal static partial int sqlite3_backup_step(nint backup, int pages);

    [LibraryImport(Library)]
    internal static partial int sqlite3_backup_finish(nint backup);

    [LibraryImport(Library)]
    internal static partial int sqlite3_backup_remaining(nint backup);

    [LibraryImport(Library)]
    internal static partial int sqlite3_backup_pagecount(nint backup);
}
