/*
** Part of shoal_sqlite.c: what SQLite may take in one run. shoal_sqlite.h has the contract.
**
** SQLite knows one limit of memory for the process and none of temporary files. Both belong to a run, and a
** run has a thread, so they are counted per thread, without a lock: memory where SQLite asks the allocator
** for it, temporary files where it writes to them.
*/

#include <sys/statvfs.h>

/* Free space that temporary files leave on their file system: this much, or a tenth of a small one. */
#define SHOAL_ROOM_BYTES (256*1024*1024)
/* A file asks how much is free each time it has grown by this. */
#define SHOAL_ROOM_STEP  (4*1024*1024)

typedef struct ShoalRun {
  i64 nMemory;      /* taken less given back since the run began; negative when older memory was given back */
  i64 nMemoryMax;
  i64 nTemporary;   /* length of the temporary files, less that of those that were there when the run began */
  i64 nTemporaryMax;
  int exceeded;     /* SHOAL_EXCEEDED_... */
} ShoalRun;

/* The usual model would call a function for each access. */
static __thread ShoalRun shoalRun __attribute__((tls_model("initial-exec"))) =
  { 0, LARGEST_INT64, 0, LARGEST_INT64, 0 };

void shoal_run_begin(sqlite3_int64 nMemoryMax, sqlite3_int64 nTemporaryMax){
  shoalRun.nMemory = shoalRun.nTemporary = 0;
  shoalRun.nMemoryMax = nMemoryMax>0 ? nMemoryMax : LARGEST_INT64;
  shoalRun.nTemporaryMax = nTemporaryMax>0 ? nTemporaryMax : LARGEST_INT64;
  shoalRun.exceeded = 0;
}

void shoal_run_end(void){
  shoalRun.nMemoryMax = shoalRun.nTemporaryMax = LARGEST_INT64;
}

int shoal_run_exceeded(void){
  return shoalRun.exceeded;
}

static void shoalTooLarge(void){
  shoalRun.exceeded |= SHOAL_EXCEEDED_PAGES;
}

/* Memory: SQLite's own allocator, which keeps the size of each piece, with a count. */

static int shoalMayTake(int nByte){
  if( shoalRun.nMemory+nByte<=shoalRun.nMemoryMax ) return 1;
  shoalRun.exceeded |= SHOAL_EXCEEDED_MEMORY;
  return 0;
}

static void *shoalMalloc(int nByte){
  void *p = shoalMayTake(nByte) ? sqlite3MemMalloc(nByte) : 0;
  if( p ) shoalRun.nMemory += sqlite3MemSize(p);
  return p;
}

static void shoalFree(void *p){
  shoalRun.nMemory -= sqlite3MemSize(p);
  sqlite3MemFree(p);
}

static void *shoalRealloc(void *p, int nByte){
  int nOld = sqlite3MemSize(p);
  void *pNew = nByte<=nOld || shoalMayTake(nByte-nOld) ? sqlite3MemRealloc(p, nByte) : 0;
  if( pNew ) shoalRun.nMemory += sqlite3MemSize(pNew) - nOld;
  return pNew;
}

/* Temporary files: those without a name, which SQLite opens for itself and never locks. */

typedef struct ShoalFile {
  unixFile base;
  i64 nByte;        /* how long it is */
} ShoalFile;

static sqlite3_io_methods shoalTemporaryMethods;

static int shoalHasRoom(ShoalFile *pFile){
  struct statvfs room;
  i64 nFree, nTotal;
  if( fstatvfs(pFile->base.h, &room) ) return 1;
  nFree = (i64)room.f_bavail*(i64)room.f_frsize;
  nTotal = (i64)room.f_blocks*(i64)room.f_frsize;
  return nFree>=SHOAL_ROOM_BYTES || nFree>=nTotal/10;
}

/* Whether the file may become nByte long. */
static int shoalMayGrow(ShoalFile *pFile, i64 nByte){
  if( shoalRun.nTemporary+nByte-pFile->nByte>shoalRun.nTemporaryMax ){
    shoalRun.exceeded |= SHOAL_EXCEEDED_TEMPORARY;
    return 0;
  }
  if( nByte/SHOAL_ROOM_STEP!=pFile->nByte/SHOAL_ROOM_STEP && !shoalHasRoom(pFile) ){
    shoalRun.exceeded |= SHOAL_EXCEEDED_DISK;
    return 0;
  }
  return 1;
}

static void shoalSetLength(ShoalFile *pFile, i64 nByte){
  shoalRun.nTemporary += nByte - pFile->nByte;
  pFile->nByte = nByte;
}

static int shoalTemporaryWrite(sqlite3_file *id, const void *pBuf, int nByte, i64 iOffset){
  ShoalFile *pFile = (ShoalFile*)id;
  int rc;
  if( iOffset+nByte>pFile->nByte ){
    if( !shoalMayGrow(pFile, iOffset+nByte) ) return SQLITE_FULL;
    shoalSetLength(pFile, iOffset+nByte);
  }
  rc = unixWrite(id, pBuf, nByte, iOffset);
  if( rc==SQLITE_FULL ) shoalRun.exceeded |= SHOAL_EXCEEDED_DISK;
  return rc;
}

static int shoalTemporaryTruncate(sqlite3_file *id, i64 nByte){
  int rc = unixTruncate(id, nByte);
  if( rc==SQLITE_OK && nByte<((ShoalFile*)id)->nByte ) shoalSetLength((ShoalFile*)id, nByte);
  return rc;
}

/* A sort says beforehand how long its file will be, and has the file system reserve that. */
static int shoalTemporaryControl(sqlite3_file *id, int op, void *pArg){
  ShoalFile *pFile = (ShoalFile*)id;
  if( op==SQLITE_FCNTL_SIZE_HINT && *(i64*)pArg>pFile->nByte && !shoalMayGrow(pFile, *(i64*)pArg) ){
    return SQLITE_FULL;
  }
  return unixFileControl(id, op, pArg);
}

static int shoalTemporaryClose(sqlite3_file *id){
  shoalSetLength((ShoalFile*)id, 0);
  return nolockClose(id);
}

static int shoalOpen(sqlite3_vfs *pVfs, sqlite3_filename zPath, sqlite3_file *id, int flags, int *pOutFlags){
  int rc = unixOpen(pVfs, zPath, id, flags, pOutFlags);
  if( rc==SQLITE_OK && zPath==0 ){
    ((ShoalFile*)id)->nByte = 0;
    id->pMethods = &shoalTemporaryMethods;
  }
  return rc;
}

int shoal_initialize(void){
  static const sqlite3_mem_methods memory = {
    shoalMalloc, shoalFree, shoalRealloc, sqlite3MemSize, sqlite3MemRoundup, sqlite3MemInit, sqlite3MemShutdown, 0
  };
  static int isDone = 0;
  int rc;
  if( isDone ) return SQLITE_OK;
  rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
  /* A slot allocator per connection takes 45 KiB; with thousands of connections the heap is the better place. */
  if( rc==SQLITE_OK ) rc = sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
  if( rc==SQLITE_OK ) rc = sqlite3_initialize();
  if( rc==SQLITE_OK ){
    sqlite3_vfs *pVfs;
    shoalTemporaryMethods = nolockIoMethods;
    shoalTemporaryMethods.xWrite = shoalTemporaryWrite;
    shoalTemporaryMethods.xTruncate = shoalTemporaryTruncate;
    shoalTemporaryMethods.xFileControl = shoalTemporaryControl;
    shoalTemporaryMethods.xClose = shoalTemporaryClose;
    for(pVfs=sqlite3_vfs_find(0); pVfs; pVfs=pVfs->pNext){
      if( pVfs->xOpen!=unixOpen ) continue;
      pVfs->szOsFile = sizeof(ShoalFile);
      pVfs->xOpen = shoalOpen;
    }
    isDone = 1;
  }
  return rc;
}
