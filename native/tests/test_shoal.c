/*
** Tests of libshoal_sqlite.so: test_shoal <empty directory> <row count table>...
** Prints one line per failure and a last line "N passed, N failed"; exit status 1 if anything failed.
*/
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shoal_sqlite.h"

static int nPassed, nFailed;
static char directory[512];

static void check(int ok, const char *format, ...){
  va_list arguments;
  if( ok ){ nPassed++; return; }
  nFailed++;
  printf("FAILED ");
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
}

#define CHECK_EQUAL(actual, expected, what) do{ \
  long long actual_ = (long long)(actual), expected_ = (long long)(expected); \
  check(actual_==expected_, "%s:%d %s: %lld instead of %lld", __func__, __LINE__, what, actual_, expected_); \
}while(0)
#define CHECK_OK(call) CHECK_EQUAL(call, SQLITE_OK, #call)

static char *path(const char *name){
  static char buffer[4][600];
  static int next;
  char *result = buffer[next++ % 4];
  snprintf(result, 600, "%s/%s", directory, name);
  return result;
}

static void removeDatabase(const char *name){
  const char *suffix[] = {"", "-wal", "-shm", "-journal"};
  for(int i=0; i<4; i++){
    char full[620];
    snprintf(full, sizeof(full), "%s%s", path(name), suffix[i]);
    remove(full);
  }
}

static sqlite3 *openDatabase(const char *name){
  sqlite3 *db = 0;
  int rc = sqlite3_open_v2(path(name), &db, SQLITE_OPEN_READWRITE|SQLITE_OPEN_CREATE, 0);
  if( rc!=SQLITE_OK ){ fprintf(stderr, "cannot open %s: %s\n", path(name), sqlite3_errstr(rc)); exit(2); }
  return db;
}

static void run(sqlite3 *db, const char *sql){
  char *message = 0;
  int rc = sqlite3_exec(db, sql, 0, 0, &message);
  check(rc==SQLITE_OK, "\"%s\": %s", sql, message ? message : sqlite3_errstr(rc));
  sqlite3_free(message);
}

static long long number(sqlite3 *db, const char *sql){
  sqlite3_stmt *statement = 0;
  long long result = -1;
  if( sqlite3_prepare_v2(db, sql, -1, &statement, 0)==SQLITE_OK && sqlite3_step(statement)==SQLITE_ROW ){
    result = sqlite3_column_int64(statement, 0);
  }else{
    check(0, "\"%s\": %s", sql, sqlite3_errmsg(db));
  }
  sqlite3_finalize(statement);
  return result;
}

static int isIntact(sqlite3 *db){
  sqlite3_stmt *statement = 0;
  int ok = sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, 0)==SQLITE_OK
        && sqlite3_step(statement)==SQLITE_ROW
        && strcmp((const char*)sqlite3_column_text(statement, 0), "ok")==0;
  if( !ok && statement ) printf("integrity_check: %s\n", sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return ok;
}

static unsigned char *readFile(const char *name, long *pSize){
  FILE *file = fopen(path(name), "rb");
  unsigned char *content = 0;
  *pSize = 0;
  if( file ){
    fseek(file, 0, SEEK_END);
    *pSize = ftell(file);
    rewind(file);
    content = malloc(*pSize + 1);
    if( fread(content, 1, *pSize, file)!=(size_t)*pSize ) *pSize = -1;
    fclose(file);
  }
  return content;
}

static unsigned int bigEndian(const unsigned char *p){
  return (unsigned int)p[0]<<24 | p[1]<<16 | p[2]<<8 | p[3];
}

/* ---------------------------------------------------------------------------------------------------- */

static void testBuild(void){
  static const char *const options[] = {
    "THREADSAFE=2", "DEFAULT_FOREIGN_KEYS", "DEFAULT_MEMSTATUS=0", "DEFAULT_PCACHE_INITSZ=0",
    "ENABLE_COLUMN_METADATA", "ENABLE_DBPAGE_VTAB", "ENABLE_FTS5", "ENABLE_MATH_FUNCTIONS",
    "ENABLE_PREUPDATE_HOOK", "ENABLE_RTREE", "ENABLE_SESSION", "ENABLE_SNAPSHOT",
    "ENABLE_UPDATE_DELETE_LIMIT", "LIKE_DOESNT_MATCH_BLOBS", "OMIT_DEPRECATED", "OMIT_SHARED_CACHE",
  };
  check(strcmp(sqlite3_libversion(), "3.53.2")==0, "version is %s", sqlite3_libversion());
  CHECK_EQUAL(shoal_abi_version(), SHOAL_ABI, "ABI");
  for(size_t i=0; i<sizeof(options)/sizeof(options[0]); i++){
    check(sqlite3_compileoption_used(options[i]), "not compiled with %s", options[i]);
  }
  check(!sqlite3_compileoption_used("ENABLE_STAT4"), "compiled with ENABLE_STAT4, which D1's engine lacks");

  /* SQLite's list of options lacks these; SQLITE_MAX_ALLOCATION_SIZE refuses 16 MiB and more. */
  void *memory = sqlite3_malloc(16777216 + 1);
  check(memory==0, "an allocation above 16 MiB is refused");
  sqlite3_free(memory);
  sqlite3 *db = openDatabase("build");
  run(db, "CREATE TABLE t(a); INSERT INTO t VALUES (1),(2),(3);");
  run(db, "DELETE FROM t ORDER BY a DESC LIMIT 1");
  run(db, "UPDATE t SET a=9 ORDER BY a LIMIT 1");
  CHECK_EQUAL(number(db, "SELECT sum(a) FROM t"), 11, "UPDATE and DELETE with LIMIT");
  CHECK_EQUAL(number(db, "SELECT \"dq\"='dq'"), 1, "double-quoted strings");
  CHECK_EQUAL(number(db, "SELECT x'61' LIKE 'a'"), 0, "LIKE on a blob");
  CHECK_EQUAL(number(db, "PRAGMA foreign_keys"), 1, "foreign keys");
  CHECK_EQUAL(number(db, "SELECT length(printf('%.*c', 200000, 'x'))"), 100000, "printf precision limit");
  sqlite3_close(db);
}

static void testRowCountTable(const char *file){
  static char line[1<<16];
  FILE *table = fopen(file, "r");
  sqlite3 *db = 0;
  int lineNumber = 0, databases = 0;
  if( !table ){ fprintf(stderr, "cannot read %s\n", file); exit(2); }
  while( fgets(line, sizeof(line), table) ){
    char *sql = strrchr(line, '\t');
    sqlite3_stmt *statement = 0;
    int read, written, expectedRead, expectedWritten, rc;
    lineNumber++;
    line[strcspn(line, "\n")] = 0;
    if( line[0]=='#' || line[0]==0 ) continue;
    if( strcmp(line, "new")==0 ){
      char name[40];
      snprintf(name, sizeof(name), "counters%d", databases++);
      sqlite3_close(db);
      removeDatabase(name);
      db = openDatabase(name);
      continue;
    }
    if( !sql || !db ){ check(0, "%s:%d: not a row of the table", file, lineNumber); continue; }
    *sql++ = 0;
    rc = sqlite3_prepare_v2(db, sql, -1, &statement, 0);
    if( rc==SQLITE_OK ) while( (rc = sqlite3_step(statement))==SQLITE_ROW );
    read = statement ? sqlite3_stmt_status(statement, SHOAL_STMTSTATUS_ROWS_READ, 0) : 0;
    written = statement ? sqlite3_stmt_status(statement, SHOAL_STMTSTATUS_ROWS_WRITTEN, 0) : 0;
    sqlite3_finalize(statement);
    if( strncmp(line, "error", 5)==0 ){
      check(rc!=SQLITE_DONE, "%s:%d: no error: %s", file, lineNumber, sql);
    }else if( rc!=SQLITE_DONE ){
      check(0, "%s:%d: %s: %s", file, lineNumber, sqlite3_errmsg(db), sql);
    }else if( strncmp(line, "- -", 3)!=0 ){
      if( sscanf(line, "%d\t%d", &expectedRead, &expectedWritten)!=2 ){
        check(0, "%s:%d: not a row of the table", file, lineNumber);
        continue;
      }
      check(read==expectedRead && written==expectedWritten, "%s:%d: %d/%d instead of %d/%d: %s",
            file, lineNumber, read, written, expectedRead, expectedWritten, sql);
    }
  }
  fclose(table);
  sqlite3_close(db);
}

static void testCountersOverALife(void){
  sqlite3 *db = openDatabase("life");
  sqlite3_stmt *select = 0, *insert = 0;
  run(db, "CREATE TABLE t(a); INSERT INTO t VALUES (1),(2),(3);");
  CHECK_OK(sqlite3_prepare_v2(db, "SELECT * FROM t", -1, &select, 0));
  CHECK_OK(sqlite3_prepare_v2(db, "INSERT INTO t VALUES (4)", -1, &insert, 0));
  CHECK_EQUAL(sqlite3_stmt_status(select, SHOAL_STMTSTATUS_ROWS_READ, 0), 0, "new statement");
  CHECK_EQUAL(sqlite3_step(select), SQLITE_ROW, "step");
  CHECK_EQUAL(sqlite3_stmt_status(select, SHOAL_STMTSTATUS_ROWS_READ, 0), 1, "after one row");
  while( sqlite3_step(select)==SQLITE_ROW );
  CHECK_EQUAL(sqlite3_stmt_status(select, SHOAL_STMTSTATUS_ROWS_READ, 0), 3, "at the end");
  sqlite3_reset(select);
  CHECK_EQUAL(sqlite3_stmt_status(select, SHOAL_STMTSTATUS_ROWS_READ, 0), 3, "kept by sqlite3_reset");
  run(db, "ALTER TABLE t ADD COLUMN b");
  while( sqlite3_step(select)==SQLITE_ROW );
  CHECK_EQUAL(sqlite3_stmt_status(select, SQLITE_STMTSTATUS_REPREPARE, 0), 1, "prepared again");
  CHECK_EQUAL(sqlite3_stmt_status(select, SHOAL_STMTSTATUS_ROWS_READ, 1), 6, "kept by a re-prepare");
  CHECK_EQUAL(sqlite3_stmt_status(select, SHOAL_STMTSTATUS_ROWS_READ, 0), 0, "reset by the flag");
  sqlite3_finalize(insert);
  CHECK_OK(sqlite3_prepare_v2(db, "INSERT INTO t(a) VALUES (4)", -1, &insert, 0));
  for(int i=0; i<3; i++){ sqlite3_step(insert); sqlite3_reset(insert); }
  CHECK_EQUAL(sqlite3_stmt_status(insert, SHOAL_STMTSTATUS_ROWS_WRITTEN, 1), 3, "three runs");
  CHECK_EQUAL(sqlite3_stmt_status(insert, SHOAL_STMTSTATUS_ROWS_READ, 0), 0, "an insert reads nothing");
  CHECK_EQUAL(sqlite3_stmt_status(insert, SQLITE_STMTSTATUS_RUN, 0), 3, "SQLite's own counters");
  sqlite3_finalize(select);
  sqlite3_finalize(insert);
  sqlite3_close(db);
}

/* ---------------------------------------------------------------------------------------------------- */

/* Compares what the connection tells with what the WAL file says, frame by frame. */
static void checkWalFile(sqlite3 *db, const char *walName, int line){
  shoal_wal_state state;
  long size;
  unsigned char *wal = readFile(walName, &size);
  unsigned int last = 0, pages = 0;
  CHECK_OK(shoal_wal_state_get(db, &state));
  if( size<32 ){ check(0, "line %d: WAL file of %ld bytes", line, size); free(wal); return; }
  for(unsigned int i=1; 32 + (long)i*(24 + state.pageSize) <= size; i++){
    const unsigned char *frame = wal + 32 + (long)(i-1)*(24 + state.pageSize);
    if( memcmp(frame+8, wal+16, 8)!=0 ) break;
    if( bigEndian(frame+4)!=0 ){ last = i; pages = bigEndian(frame+4); }
  }
  check(state.isWal==1 && state.reserved==0, "line %d: isWal", line);
  check(state.salt1==bigEndian(wal+16) && state.salt2==bigEndian(wal+20), "line %d: salts", line);
  check(state.mxFrame==last, "line %d: mxFrame %u, in the file %u", line, state.mxFrame, last);
  check(state.pageCount==pages, "line %d: pageCount %u, in the file %u", line, state.pageCount, pages);
  check(state.pageSize==bigEndian(wal+8), "line %d: pageSize %u", line, state.pageSize);
  free(wal);
}

static void testWalState(void){
  shoal_wal_state state, earlier;
  long size;
  sqlite3 *db = openDatabase("wal"), *other;

  CHECK_OK(shoal_wal_state_get(db, &state));
  check(state.isWal==0 && state.mxFrame==0 && state.salt1==0, "no WAL before the first use");
  run(db, "CREATE TABLE t(a, b)");
  CHECK_OK(shoal_wal_state_get(db, &state));
  check(state.isWal==0 && state.salt1==0, "no WAL in rollback mode");
  CHECK_EQUAL(state.pageCount, 2, "pages of a database in rollback mode");
  run(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;");
  CHECK_EQUAL(number(db, "SELECT count(*) FROM t"), 0, "the first use in WAL mode, which opens it");
  CHECK_OK(shoal_wal_state_get(db, &state));
  CHECK_EQUAL(state.isWal, 1, "WAL mode");
  CHECK_EQUAL(state.mxFrame, 0, "no frames yet");
  CHECK_EQUAL(state.pageCount, 2, "pages while the WAL is empty");
  CHECK_EQUAL(state.pageSize, 4096, "page size");

  run(db, "INSERT INTO t VALUES (1, randomblob(10000))");
  checkWalFile(db, "wal-wal", __LINE__);
  run(db, "INSERT INTO t VALUES (2, randomblob(100000))");
  checkWalFile(db, "wal-wal", __LINE__);
  CHECK_OK(shoal_wal_state_get(db, &state));
  CHECK_EQUAL(state.nBackfill, 0, "nothing checkpointed");

  /* Frames that a large transaction spills early are not committed ones. */
  earlier = state;
  run(db, "PRAGMA cache_size=2; BEGIN; INSERT INTO t SELECT 3, randomblob(50000) FROM t, t;");
  free(readFile("wal-wal", &size));
  check(size > 32 + (long)(earlier.mxFrame+8)*(24+4096), "the transaction was to spill frames");
  CHECK_OK(shoal_wal_state_get(db, &state));
  check(memcmp(&state, &earlier, sizeof(state))==0, "state inside a transaction is that of the last commit");
  run(db, "ROLLBACK");
  CHECK_OK(shoal_wal_state_get(db, &state));
  CHECK_EQUAL(state.mxFrame, earlier.mxFrame, "mxFrame after a rollback");
  CHECK_EQUAL(state.pageCount, earlier.pageCount, "pageCount after a rollback");

  /* Nor are they when the transaction dies of a failing write, which SQLite does not undo in the WAL. */
  {
    struct rlimit unlimited, limited;
    void (*oldHandler)(int) = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &unlimited);
    limited = unlimited;
    limited.rlim_cur = (rlim_t)(32 + (long)(earlier.mxFrame+20)*(24+4096));
    truncate(path("wal-wal"), 32 + (long)earlier.mxFrame*(24+4096));
    setrlimit(RLIMIT_FSIZE, &limited);
    int rc = sqlite3_exec(db, "INSERT INTO t SELECT 3, randomblob(50000) FROM t, t", 0, 0, 0);
    setrlimit(RLIMIT_FSIZE, &unlimited);
    signal(SIGXFSZ, oldHandler);
    check(rc==SQLITE_IOERR || rc==SQLITE_FULL, "the write was to fail: %d", rc);
    CHECK_OK(shoal_wal_state_get(db, &state));
    CHECK_EQUAL(state.mxFrame, earlier.mxFrame, "mxFrame after a failed write");
    CHECK_EQUAL(state.pageCount, earlier.pageCount, "pageCount after a failed write");
  }

  /* A connection sees another one's commit when it next reads. */
  other = openDatabase("wal");
  CHECK_EQUAL(number(other, "SELECT count(*) FROM t"), 2, "rows");
  CHECK_OK(shoal_wal_state_get(other, &state));
  CHECK_EQUAL(state.mxFrame, earlier.mxFrame, "mxFrame on another connection");
  run(db, "INSERT INTO t VALUES (4, 4)");
  CHECK_OK(shoal_wal_state_get(other, &state));
  CHECK_EQUAL(state.mxFrame, earlier.mxFrame, "not read again yet");
  number(other, "SELECT count(*) FROM t");
  CHECK_OK(shoal_wal_state_get(other, &state));
  check(state.mxFrame>earlier.mxFrame, "read again");
  checkWalFile(other, "wal-wal", __LINE__);

  /* A checkpoint copies everything; the next write starts the WAL again under new salts. */
  CHECK_OK(shoal_wal_state_get(db, &earlier));
  run(db, "PRAGMA wal_checkpoint(PASSIVE)");
  CHECK_OK(shoal_wal_state_get(db, &state));
  CHECK_EQUAL(state.nBackfill, earlier.mxFrame, "all frames checkpointed");
  CHECK_EQUAL(state.mxFrame, earlier.mxFrame, "mxFrame unchanged by a passive checkpoint");
  CHECK_EQUAL(state.salt1, earlier.salt1, "salt unchanged by a passive checkpoint");
  run(db, "INSERT INTO t VALUES (5, 5)");
  checkWalFile(db, "wal-wal", __LINE__);
  CHECK_OK(shoal_wal_state_get(db, &state));
  CHECK_EQUAL(state.salt1, earlier.salt1+1, "a restarted WAL counts its first salt up");
  check(state.mxFrame<earlier.mxFrame, "a restarted WAL begins at frame 1");
  CHECK_EQUAL(state.nBackfill, 0, "nothing of the new WAL checkpointed");

  run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  free(readFile("wal-wal", &size));
  CHECK_EQUAL(size, 0, "truncated WAL file");
  CHECK_OK(shoal_wal_state_get(db, &state));
  CHECK_EQUAL(state.mxFrame, 0, "mxFrame of a truncated WAL");
  CHECK_EQUAL(state.nBackfill, 0, "nBackfill of a truncated WAL");
  CHECK_EQUAL(state.pageCount, number(db, "PRAGMA page_count"), "pageCount of a truncated WAL");
  earlier = state;
  run(db, "INSERT INTO t VALUES (6, 6)");
  checkWalFile(db, "wal-wal", __LINE__);
  CHECK_OK(shoal_wal_state_get(db, &state));
  CHECK_EQUAL(state.salt1, earlier.salt1, "an empty WAL tells the salts of its next header");

  CHECK_EQUAL(shoal_wal_state_get(db, 0), SQLITE_MISUSE, "no struct");
  sqlite3_close(other);
  sqlite3_close(db);
}

/* ---------------------------------------------------------------------------------------------------- */

typedef struct Image { unsigned int pages; unsigned char *bytes; } Image;

/* The database file once its WAL is empty. */
static Image imageOf(sqlite3 *db, const char *name){
  Image image;
  long size;
  run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  image.bytes = readFile(name, &size);
  image.pages = (unsigned int)(size/4096);
  return image;
}

/* Applies to db what changed from one image to the next, in descending order if asked. */
static int applyDifference(sqlite3 *db, const Image *from, const Image *to, int descending){
  int applied = 0;
  for(unsigned int i=1; i<=to->pages; i++){
    unsigned int pgno = descending ? to->pages+1-i : i;
    const unsigned char *page = to->bytes + (size_t)(pgno-1)*4096;
    if( pgno<=from->pages && memcmp(from->bytes + (size_t)(pgno-1)*4096, page, 4096)==0 ) continue;
    CHECK_OK(shoal_page_apply(db, pgno, page, 4096));
    applied++;
  }
  return applied;
}

static void testPageApply(const char *sourceSetup, const char *label){
  static const char *const steps[] = {
    "CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE INDEX tv ON t(v);",
    "INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<2000)"
    " SELECT hex(randomblob(100)) FROM n",
    "UPDATE t SET v='x' WHERE id%7=0",
    "DELETE FROM t WHERE id>100",
    "VACUUM",
    "CREATE TABLE u(a); INSERT INTO u SELECT v FROM t; ALTER TABLE t ADD COLUMN w;",
    "INSERT INTO u SELECT randomblob(5000) FROM t",
    "DROP TABLE u; VACUUM",
  };
  Image last = {0, 0}, next, result;
  long long countBefore = -1;
  sqlite3 *source, *writer, *reader;
  sqlite3_stmt *kept = 0;

  removeDatabase("source");
  removeDatabase("target");
  source = openDatabase("source");
  writer = openDatabase("target");
  run(source, sourceSetup);
  run(source, "PRAGMA journal_mode=WAL");
  run(writer, "PRAGMA journal_mode=WAL; PRAGMA cache_size=20;");
  reader = openDatabase("target");

  for(size_t step=0; step<sizeof(steps)/sizeof(steps[0]); step++){
    long long expected;
    unsigned int pages, freePages, pageSize;
    run(source, steps[step]);
    next = imageOf(source, "source");
    expected = number(source, "SELECT count(*) FROM t");

    /* The reader holds the state before this step open while the step is applied. */
    run(reader, "BEGIN");
    if( step==0 ) CHECK_EQUAL(number(reader, "SELECT count(*) FROM sqlite_master"), 0, label);
    else CHECK_EQUAL(number(reader, "SELECT count(*) FROM t"), countBefore, label);

    CHECK_OK(shoal_page_apply_begin(writer));
    CHECK_EQUAL(sqlite3_get_autocommit(writer), 0, "inside a transaction");
    check(applyDifference(writer, &last, &next, step%2)>0, "%s: step %d changes pages", label, (int)step);
    CHECK_OK(shoal_page_apply_commit(writer, next.pages));
    CHECK_EQUAL(sqlite3_get_autocommit(writer), 1, "outside a transaction");

    if( step==0 ) CHECK_EQUAL(number(reader, "SELECT count(*) FROM sqlite_master"), 0, label);
    else CHECK_EQUAL(number(reader, "SELECT count(*) FROM t"), countBefore, "the old state for the old reader");
    check(isIntact(reader), "%s: step %d: the old state is intact", label, (int)step);
    run(reader, "COMMIT");
    CHECK_EQUAL(number(reader, "SELECT count(*) FROM t"), expected, "the new state for the next reader");
    check(isIntact(reader), "%s: step %d: the new state is intact", label, (int)step);

    /* The writer's own schema and a statement prepared before follow. */
    CHECK_EQUAL(number(writer, "SELECT count(*) FROM t"), expected, "the new state for the writer");
    check(isIntact(writer), "%s: step %d: intact on the writer", label, (int)step);
    if( !kept ) CHECK_OK(sqlite3_prepare_v2(writer, "SELECT count(*), max(id) FROM t NOT INDEXED", -1, &kept, 0));
    CHECK_EQUAL(sqlite3_step(kept), SQLITE_ROW, "kept statement");
    CHECK_EQUAL(sqlite3_column_int64(kept, 0), expected, "kept statement");
    sqlite3_reset(kept);
    run(writer, "BEGIN");
    number(writer, "SELECT count(*) FROM t");
    CHECK_OK(shoal_db_size(writer, &pages, &freePages, &pageSize));
    CHECK_EQUAL(pages, next.pages, "size after applying");
    run(writer, "COMMIT");

    result = imageOf(writer, "target");
    CHECK_EQUAL(result.pages, next.pages, "pages in the target file");
    check(result.pages==next.pages && memcmp(result.bytes, next.bytes, (size_t)next.pages*4096)==0,
          "%s: step %d: the files are byte for byte equal", label, (int)step);
    free(result.bytes);
    free(last.bytes);
    last = next;
    countBefore = expected;
  }

  /* A rollback leaves nothing, not even in the caches; some pages were spilled to the WAL by then. */
  run(source, "INSERT INTO t(v) SELECT randomblob(2000) FROM t, t LIMIT 2000; CREATE TABLE later(a);");
  next = imageOf(source, "source");
  CHECK_OK(shoal_page_apply_begin(writer));
  applyDifference(writer, &last, &next, 0);
  CHECK_EQUAL(number(reader, "SELECT count(*) FROM t"), countBefore, "uncommitted pages are not seen");
  CHECK_OK(shoal_page_apply_rollback(writer));
  CHECK_EQUAL(sqlite3_get_autocommit(writer), 1, "outside a transaction");
  CHECK_EQUAL(number(writer, "SELECT count(*) FROM t"), countBefore, "rolled back on the writer");
  CHECK_EQUAL(number(writer, "SELECT count(*) FROM sqlite_master WHERE name='later'"), 0, "rolled back schema");
  check(isIntact(writer) && isIntact(reader), "%s: intact after a rollback", label);
  result = imageOf(writer, "target");
  check(result.pages==last.pages && memcmp(result.bytes, last.bytes, (size_t)last.pages*4096)==0,
        "%s: a rollback leaves the file as it was", label);
  free(result.bytes);
  CHECK_OK(shoal_page_apply_begin(writer));
  applyDifference(writer, &last, &next, 0);
  CHECK_OK(shoal_page_apply_commit(writer, next.pages));
  CHECK_EQUAL(number(reader, "SELECT count(*) FROM t"), number(source, "SELECT count(*) FROM t"), "applied after all");
  check(isIntact(reader), "%s: intact at the end", label);

  /* After all that the target is an ordinary database. */
  run(writer, "INSERT INTO t(v) VALUES ('own'); INSERT INTO later VALUES (1);");
  check(isIntact(reader), "%s: intact after a write of its own", label);

  free(last.bytes);
  free(next.bytes);
  sqlite3_finalize(kept);
  sqlite3_close(reader);
  sqlite3_close(writer);
  sqlite3_close(source);
}

static void testPageApplyRules(void){
  static unsigned char page[4096];
  sqlite3_stmt *statement = 0;
  sqlite3 *db = openDatabase("rules"), *other;
  long long pages;
  run(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1),(2);");
  other = openDatabase("rules");

  CHECK_EQUAL(shoal_page_apply(db, 1, page, 4096), SQLITE_MISUSE, "apply without begin");
  CHECK_EQUAL(shoal_page_apply_commit(db, 1), SQLITE_MISUSE, "commit without begin");
  CHECK_EQUAL(shoal_page_apply_rollback(db), SQLITE_MISUSE, "rollback without begin");
  run(db, "BEGIN");
  CHECK_EQUAL(shoal_page_apply_begin(db), SQLITE_MISUSE, "begin inside a transaction");
  run(db, "COMMIT");
  CHECK_OK(sqlite3_prepare_v2(db, "SELECT * FROM t", -1, &statement, 0));
  CHECK_EQUAL(sqlite3_step(statement), SQLITE_ROW, "step");
  CHECK_EQUAL(shoal_page_apply_begin(db), SQLITE_MISUSE, "begin while a statement runs");
  sqlite3_finalize(statement);
  run(other, "BEGIN IMMEDIATE");
  CHECK_EQUAL(shoal_page_apply_begin(db), SQLITE_BUSY, "begin while another connection writes");
  CHECK_EQUAL(sqlite3_txn_state(db, "main"), SQLITE_TXN_NONE, "no lock is left behind");
  run(other, "COMMIT");

  CHECK_OK(shoal_page_apply_begin(db));
  CHECK_EQUAL(shoal_page_apply_begin(db), SQLITE_MISUSE, "begin twice");
  CHECK_EQUAL(sqlite3_exec(other, "BEGIN IMMEDIATE", 0, 0, 0), SQLITE_BUSY, "the write lock is held");
  CHECK_EQUAL(shoal_page_apply(db, 0, page, 4096), SQLITE_MISUSE, "page 0");
  CHECK_EQUAL(shoal_page_apply(db, 2, page, 1024), SQLITE_MISMATCH, "another page size");
  CHECK_EQUAL(shoal_page_apply(db, 2, 0, 4096), SQLITE_MISUSE, "no page");
  CHECK_EQUAL(shoal_page_apply_commit(db, 0), SQLITE_MISUSE, "no pages at all");
  CHECK_OK(shoal_page_apply(db, 0x40000000/4096+1, page, 4096));
  CHECK_EQUAL(number(db, "SELECT count(*) FROM t"), 2, "a statement in between");
  CHECK_EQUAL(sqlite3_txn_state(db, "main"), SQLITE_TXN_WRITE, "which does not commit");
  CHECK_OK(shoal_page_apply_rollback(db));

  /* The size alone: growing adds empty pages, shrinking takes them away. */
  pages = number(db, "PRAGMA page_count");
  CHECK_OK(shoal_page_apply_begin(db));
  CHECK_OK(shoal_page_apply_commit(db, (unsigned int)pages+3));
  shoal_wal_state state;
  CHECK_OK(shoal_wal_state_get(db, &state));
  CHECK_EQUAL(state.pageCount, pages+3, "grown");
  CHECK_OK(shoal_page_apply_begin(db));
  CHECK_OK(shoal_page_apply_commit(db, (unsigned int)pages));
  CHECK_OK(shoal_wal_state_get(db, &state));
  CHECK_EQUAL(state.pageCount, pages, "shrunk");
  CHECK_EQUAL(number(other, "SELECT count(*) FROM t"), 2, "rows");
  sqlite3_close(other);
  sqlite3_close(db);
}

/* ---------------------------------------------------------------------------------------------------- */

static void testDatabaseSize(void){
  unsigned int pages = 0, freePages = 0, pageSize = 0;
  sqlite3 *db = openDatabase("size"), *other;
  run(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(a);");
  other = openDatabase("size");
  CHECK_EQUAL(shoal_db_size(db, &pages, &freePages, &pageSize), SQLITE_MISUSE, "no transaction");
  run(db, "BEGIN");
  CHECK_EQUAL(shoal_db_size(db, &pages, &freePages, &pageSize), SQLITE_MISUSE, "BEGIN alone opens nothing");
  CHECK_EQUAL(shoal_db_size(db, 0, &freePages, &pageSize), SQLITE_MISUSE, "no result");
  run(db, "INSERT INTO t VALUES (randomblob(40960))");
  CHECK_OK(shoal_db_size(db, &pages, &freePages, &pageSize));
  CHECK_EQUAL(pages, number(db, "PRAGMA page_count"), "uncommitted pages");
  check(pages>=12, "uncommitted pages: %u", pages);
  CHECK_EQUAL(freePages, 0, "free pages");
  CHECK_EQUAL(pageSize, 4096, "page size");
  run(db, "DELETE FROM t");
  CHECK_OK(shoal_db_size(db, &pages, &freePages, &pageSize));
  CHECK_EQUAL(freePages, number(db, "PRAGMA freelist_count"), "uncommitted free pages");
  check(freePages>=10, "uncommitted free pages: %u", freePages);
  run(other, "BEGIN; SELECT * FROM t;");
  CHECK_OK(shoal_db_size(other, &pages, &freePages, &pageSize));
  CHECK_EQUAL(pages, 2, "another connection sees the committed size");
  CHECK_EQUAL(freePages, 0, "another connection sees the committed free pages");
  run(db, "ROLLBACK");
  sqlite3_close(other);
  sqlite3_close(db);
}

static void testDeferredViolations(void){
  sqlite3 *db = openDatabase("deferred");
  run(db, "CREATE TABLE p(id INTEGER PRIMARY KEY);"
          "CREATE TABLE d(p REFERENCES p DEFERRABLE INITIALLY DEFERRED);"
          "CREATE TABLE i(p REFERENCES p);");
  CHECK_EQUAL(shoal_deferred_violations(db), 0, "at rest");
  run(db, "BEGIN; INSERT INTO d VALUES (1); INSERT INTO d VALUES (2);");
  CHECK_EQUAL(shoal_deferred_violations(db), 2, "two orphans");
  run(db, "INSERT INTO p VALUES (1)");
  CHECK_EQUAL(shoal_deferred_violations(db), 1, "one orphan");
  CHECK_EQUAL(sqlite3_exec(db, "COMMIT", 0, 0, 0), SQLITE_CONSTRAINT, "COMMIT fails");
  run(db, "INSERT INTO p VALUES (2)");
  CHECK_EQUAL(shoal_deferred_violations(db), 0, "resolved");
  run(db, "COMMIT");
  run(db, "BEGIN; PRAGMA defer_foreign_keys=1; INSERT INTO i VALUES (9);");
  CHECK_EQUAL(shoal_deferred_violations(db), 1, "an immediate constraint that was deferred");
  run(db, "ROLLBACK");
  CHECK_EQUAL(shoal_deferred_violations(db), 0, "after a rollback");
  sqlite3_close(db);
}

/* How many pages of a file are in the file system's cache; with drop, after asking it to let go of them. */
static int cachedPages(const char *name, int drop){
  int fd = open(path(name), O_RDONLY), nCached = 0;
  long long nByte = lseek(fd, 0, SEEK_END), page = sysconf(_SC_PAGESIZE);
  int nPage = (int)((nByte + page - 1)/page);
  unsigned char *aIsCached = malloc((size_t)nPage);
  void *map = mmap(0, (size_t)nByte, PROT_READ, MAP_SHARED, fd, 0);
  if( drop ){
    CHECK_EQUAL(fsync(fd), 0, "fsync");
    CHECK_EQUAL(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0, "let go");
  }
  CHECK_EQUAL(mincore(map, (size_t)nByte, aIsCached), 0, "mincore");
  for(int i=0; i<nPage; i++) nCached += aIsCached[i] & 1;
  munmap(map, (size_t)nByte);
  free(aIsCached);
  close(fd);
  return nCached;
}

static void testReadAhead(void){
  const int piece = 64*1024;
  sqlite3 *db = openDatabase("ahead"), *other;
  int pieces = 0, rc;
  run(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(3000000));");
  CHECK_EQUAL(shoal_read_ahead(db, -1, piece), SQLITE_MISUSE, "before the file");
  CHECK_EQUAL(shoal_read_ahead(db, 0, 0), SQLITE_MISUSE, "nothing");
  run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  (void)cachedPages("ahead", 1);
  while( (rc = shoal_read_ahead(db, (sqlite3_int64)pieces*piece, piece))==SQLITE_OK ) pieces++;
  CHECK_EQUAL(rc, SQLITE_DONE, "at the end");
  CHECK_EQUAL(pieces, (number(db, "PRAGMA page_count")*4096 + piece - 1)/piece, "pieces of the file");

  /* The last piece may still be on its way. */
  for(int i=0; i<1000 && cachedPages("ahead", 0)*sysconf(_SC_PAGESIZE)<number(db, "PRAGMA page_count")*4096; i++) usleep(10000);
  check(cachedPages("ahead", 0)*sysconf(_SC_PAGESIZE)>=number(db, "PRAGMA page_count")*4096, "all of it is in memory");

  /* It takes part in no lock, and drops none. */
  run(db, "BEGIN IMMEDIATE");
  other = openDatabase("ahead");
  CHECK_OK(shoal_read_ahead(other, 0, piece));
  sqlite3_close(other);
  other = openDatabase("ahead");
  CHECK_EQUAL(sqlite3_exec(other, "BEGIN IMMEDIATE", 0, 0, 0), SQLITE_BUSY, "still locked");
  run(db, "COMMIT");
  run(other, "BEGIN IMMEDIATE; COMMIT");
  sqlite3_close(other);
  sqlite3_close(db);
}

/* Runs a statement to its end within limits; exceeded tells what it was refused. */
static int runWithin(sqlite3 *db, const char *sql, long long memory, long long temporary, int *exceeded){
  int rc;
  shoal_run_begin(memory, temporary);
  rc = sqlite3_exec(db, sql, 0, 0, 0);
  *exceeded = shoal_run_exceeded();
  shoal_run_end();
  return rc;
}

static void testRunLimits(void){
  const char *large = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<200000) SELECT json_group_array(i) FROM n";
  const char *sort = "SELECT a FROM t ORDER BY b";
  sqlite3 *db = openDatabase("limits");
  int exceeded;
  CHECK_OK(shoal_initialize());
  run(db, "PRAGMA journal_mode=WAL; PRAGMA temp_store=FILE; PRAGMA cache_size=-100; CREATE TABLE t(a INTEGER PRIMARY KEY, b);"
    "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000) INSERT INTO t SELECT i, hex(randomblob(100)) FROM n");

  CHECK_EQUAL(runWithin(db, large, 1000000, 0, &exceeded), SQLITE_NOMEM, "a large value in 1 MB");
  CHECK_EQUAL(exceeded, SHOAL_EXCEEDED_MEMORY, "memory");
  CHECK_EQUAL(runWithin(db, large, 4000000, 1000000, &exceeded), SQLITE_OK, "a large value in 4 MB");
  CHECK_EQUAL(exceeded, 0, "nothing");

  /* What a run gives back it can take again. */
  shoal_run_begin(4000000, 0);
  for(int i=0; i<20; i++) CHECK_OK(sqlite3_exec(db, large, 0, 0, 0));
  shoal_run_end();
  run(db, large);

  CHECK_EQUAL(runWithin(db, sort, 0, 1000000, &exceeded), SQLITE_FULL, "a sort of 4 MB in 1 MB");
  CHECK_EQUAL(exceeded, SHOAL_EXCEEDED_TEMPORARY, "temporary files");
  CHECK_EQUAL(runWithin(db, sort, 4000000, 20000000, &exceeded), SQLITE_OK, "a sort of 4 MB in 20 MB");
  CHECK_EQUAL(exceeded, 0, "nothing");
  shoal_run_begin(0, 20000000);
  for(int i=0; i<20; i++) CHECK_OK(sqlite3_exec(db, sort, 0, 0, 0));
  shoal_run_end();

  /* A write that fails leaves nothing behind, and a transaction that goes on is whole. */
  run(db, "BEGIN; CREATE TABLE kept(a)");
  CHECK_EQUAL(runWithin(db, "CREATE INDEX byB ON t(b)", 0, 1000000, &exceeded), SQLITE_FULL, "an index in 1 MB");
  check(!sqlite3_get_autocommit(db) || number(db, "SELECT count(*) FROM sqlite_schema WHERE name='kept'")==0,
    "a transaction that has ended is undone");
  if( !sqlite3_get_autocommit(db) ) run(db, "COMMIT");
  CHECK_EQUAL(number(db, "SELECT count(*) FROM sqlite_schema WHERE name='byB'"), 0, "indexes");
  CHECK_OK(runWithin(db, "CREATE INDEX byB ON t(b); VACUUM", 8000000, 60000000, &exceeded));
  CHECK_EQUAL(runWithin(db, "VACUUM", 0, 1000000, &exceeded), SQLITE_FULL, "VACUUM in 1 MB");
  check(isIntact(db), "intact");

  /* Two reasons for the same code: no page is left, or no rowid. */
  run(db, "PRAGMA max_page_count=1");
  CHECK_EQUAL(runWithin(db, "INSERT INTO t SELECT NULL, b FROM t", 0, 0, &exceeded), SQLITE_FULL, "no page is left");
  CHECK_EQUAL(exceeded, SHOAL_EXCEEDED_PAGES, "pages");
  run(db, "PRAGMA max_page_count=1000000; CREATE TABLE one(a INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO one VALUES(9223372036854775807)");
  CHECK_EQUAL(runWithin(db, "INSERT INTO one VALUES(NULL)", 0, 0, &exceeded), SQLITE_FULL, "no rowid is left");
  CHECK_EQUAL(exceeded, 0, "nothing");

  /* Views of views: the text is short, and what is compiled is twice as large with each. */
  run(db, "CREATE VIEW v0 AS SELECT a FROM t");
  for(int i=1; i<=24; i++){
    char sql[100];
    snprintf(sql, sizeof(sql), "CREATE VIEW v%d AS SELECT a FROM v%d UNION SELECT a FROM v%d", i, i-1, i-1);
    run(db, sql);
  }
  CHECK_EQUAL(runWithin(db, "SELECT * FROM v24", 16000000, 0, &exceeded), SQLITE_NOMEM, "views of views");
  CHECK_EQUAL(exceeded, SHOAL_EXCEEDED_MEMORY, "memory");
  CHECK_EQUAL(number(db, "SELECT count(*) FROM v3"), 20000, "rows afterwards");
  sqlite3_close(db);
}

int main(int argc, char **argv){
  if( argc<2 ){ fprintf(stderr, "usage: test_shoal <empty directory> <row count table>...\n"); return 2; }
  snprintf(directory, sizeof(directory), "%s", argv[1]);
  CHECK_OK(shoal_initialize());
  testBuild();
  for(int i=2; i<argc; i++) testRowCountTable(argv[i]);
  testCountersOverALife();
  testWalState();
  testPageApply("PRAGMA auto_vacuum=NONE", "plain");
  testPageApply("PRAGMA auto_vacuum=FULL", "auto_vacuum");
  testPageApplyRules();
  testDatabaseSize();
  testDeferredViolations();
  testReadAhead();
  testRunLimits();
  printf("%d passed, %d failed\n", nPassed, nFailed);
  return nFailed ? 1 : 0;
}
