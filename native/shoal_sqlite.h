/*
** Shoal's additions to SQLite: the WAL state of a connection, raw page application through the pager,
** sizes and constraint state that the public API does not tell, limits of what one run takes, and two row
** counters per statement.
**
** Functions returning int return a SQLite result code unless said otherwise. All act on the database
** "main" of the connection, take the connection's mutex where it has one, and follow SQLite's threading
** rule for the connection: with SQLITE_THREADSAFE=2, one thread at a time.
*/
#ifndef SHOAL_SQLITE_H
#define SHOAL_SQLITE_H

#include "sqlite3.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever a function or a struct below changes its meaning or shape. */
#define SHOAL_ABI 3

/*
** sqlite3_stmt_status() codes of the row counters. Both count since the statement was prepared or the
** counter was last reset through resetFlg; sqlite3_reset() leaves them alone. 32 bits, wrapping.
*/
#define SHOAL_STMTSTATUS_ROWS_READ    1025
#define SHOAL_STMTSTATUS_ROWS_WRITTEN 1026

/* The WAL as one connection sees it: 32 bytes, integers in host order. */
typedef struct shoal_wal_state {
  unsigned int salt1;      /* offset  0: first salt of the WAL header; 0 when there is no WAL */
  unsigned int salt2;      /* offset  4: second salt */
  unsigned int mxFrame;    /* offset  8: last valid committed frame, 1-based; 0 when the WAL is empty */
  unsigned int nBackfill;  /* offset 12: frames already copied into the database file */
  unsigned int pageCount;  /* offset 16: size of the database in pages at mxFrame */
  unsigned int pageSize;   /* offset 20: bytes per page */
  unsigned int isWal;      /* offset 24: 1 if the database is in WAL mode and this connection has the WAL open */
  unsigned int reserved;   /* offset 28: 0 */
} shoal_wal_state;

/* SHOAL_ABI of the library, to be compared with that of the caller. */
SQLITE_API int shoal_abi_version(void);

/*
** Initializes SQLite for what is below, in place of sqlite3_initialize(): with an allocator and temporary
** files that count, and without a lookaside allocator per connection. Before anything else of SQLite in the
** process, or it is SQLITE_MISUSE; again it does nothing. Not for two threads at once.
*/
SQLITE_API int shoal_initialize(void);

/*
** What SQLite may take on the calling thread, until shoal_run_end(), for all connections that run there:
** nMemoryMax bytes of memory more than it had, and nTemporaryMax bytes of temporary files (sorts, temporary
** tables, VACUUM, journals of statements) more than there were; 0 is no limit. Past them the statement fails with
** SQLITE_NOMEM or SQLITE_FULL, and as usual with these may end its transaction. Temporary files leave 256 MiB
** of their file system free, or a tenth of it if that is less, in a run or not: SQLITE_FULL. A run that begins
** takes the place of the one before it.
**
** shoal_run_exceeded() tells what the calling thread has been refused since its last shoal_run_begin(): bits
** of SHOAL_EXCEEDED_*, not a result code. A statement may do without what it was refused.
*/
SQLITE_API void shoal_run_begin(sqlite3_int64 nMemoryMax, sqlite3_int64 nTemporaryMax);
SQLITE_API void shoal_run_end(void);
SQLITE_API int shoal_run_exceeded(void);

#define SHOAL_EXCEEDED_MEMORY    1  /* nMemoryMax */
#define SHOAL_EXCEEDED_TEMPORARY 2  /* nTemporaryMax */
#define SHOAL_EXCEEDED_DISK      4  /* the room on the file system of temporary files */
#define SHOAL_EXCEEDED_PAGES     8  /* max_page_count of a database, which is no limit of the run's */

/*
** Fills *pState from the wal-index header this connection read last: with the end of its last commit, or
** with the start of its last read transaction, whichever came later. Costs no I/O in WAL mode once a
** frame exists. With isWal 0 only pageSize and pageCount are filled. A connection that has not touched its
** database file yet has isWal 0. After a checkpoint that reset the WAL, mxFrame is 0 and the salts are
** those the next header will carry.
*/
SQLITE_API int shoal_wal_state_get(sqlite3 *db, shoal_wal_state *pState);

/*
** Size of the database in pages, pages on the free list and bytes per page, as the open transaction sees
** them, its own uncommitted changes included. SQLITE_MISUSE when no transaction is open; a BEGIN alone
** opens none until the first statement reads or writes.
*/
SQLITE_API int shoal_db_size(
  sqlite3 *db, unsigned int *pageCount, unsigned int *freePages, unsigned int *pageSize
);

/*
** Raw page application: begin, apply any number of pages, then commit or rollback. Readers on other
** connections see the old or the new database, never a mixture. The pages that were not applied keep
** their content, so the caller must apply every page in which source and target differ.
**
** begin     takes the write lock; SQLITE_MISUSE inside a transaction or while a statement of this
**           connection is running, SQLITE_BUSY when another connection writes. Until commit or
**           rollback the connection is inside a transaction (sqlite3_get_autocommit() is 0).
** apply     overwrites page pgno, counted from 1, growing the database if it lies behind the end.
**           SQLITE_MISMATCH if nPage is not the page size of the target. The page holding the byte that
**           SQLite locks at (offset 0x40000000) is skipped: it never has content.
** commit    makes the database pageCount pages long and commits, as durable as PRAGMA synchronous says.
**           The schema cache of the connection is dropped. After an error the transaction is still
**           open and must be rolled back.
** rollback  undoes everything since begin. Without a begin: SQLITE_MISUSE.
**
** Only page 1's change counter is touched by commit, and it ends with the value of the applied page 1, so
** that a database to which all pages were applied is byte for byte that of the source (if both sides run
** the same SQLite version, which page 1 records too).
*/
SQLITE_API int shoal_page_apply_begin(sqlite3 *db);
SQLITE_API int shoal_page_apply(sqlite3 *db, unsigned int pgno, const void *pPage, int nPage);
SQLITE_API int shoal_page_apply_commit(sqlite3 *db, unsigned int pageCount);
SQLITE_API int shoal_page_apply_rollback(sqlite3 *db);

/*
** Number of foreign key violations that would fail a COMMIT now; 0 when there are none. Not a result
** code.
*/
SQLITE_API int shoal_deferred_violations(sqlite3 *db);

/*
** Asks the file system to read nByte bytes of the database file into its cache, from iOffset on, and returns
** when what lies before them is there: who goes through a file part by part is at most one part ahead of the
** disk. SQLITE_DONE behind the end of the file. Uses the descriptor of the connection, since closing another
** one of the same file would drop the locks of all connections of the process (fcntl(2), "Advisory record
** locking").
*/
SQLITE_API int shoal_read_ahead(sqlite3 *db, sqlite3_int64 iOffset, int nByte);

#ifdef __cplusplus
}
#endif
#endif /* SHOAL_SQLITE_H */
