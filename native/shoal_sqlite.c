/*
** Shoal's SQLite: the patched amalgamation and our additions as one translation unit, because the
** additions read the pager, the WAL and the connection, whose types exist only inside sqlite3.c.
**
** The contract of each function is in shoal_sqlite.h. build.sh sets the compile-time options.
*/
#define SQLITE_API __attribute__((visibility("default")))

/*
** What sqlite.hunks inserts into sqlite3.c is written in these terms. The counters are the two
** entries that the patch appends to Vdbe.aCounter.
*/
#define SHOAL_STATUS_FIRST 1025
#define SHOAL_STATUS_LAST  1026
#define SHOAL_COUNTER_BASE 9
#define SHOAL_ROWS_READ(p, n)    ((p)->aCounter[SHOAL_COUNTER_BASE] += (u32)(n))
#define SHOAL_ROWS_WRITTEN(p, n) ((p)->aCounter[SHOAL_COUNTER_BASE + 1] += (u32)(n))

/* A database would have more pages than PRAGMA max_page_count allows. */
static void shoalTooLarge(void);

#include "sqlite3.c"
#include "shoal_sqlite.h"
#include "run_limits.c"

#if SQLITE_VERSION_NUMBER!=3053002
# error "shoal_sqlite.c uses SQLite internals and was checked against 3.53.2 only"
#endif

_Static_assert(SHOAL_STMTSTATUS_ROWS_READ==SHOAL_STATUS_FIRST, "row counter codes are 1025 and 1026");
_Static_assert(SHOAL_STMTSTATUS_ROWS_WRITTEN==SHOAL_STATUS_LAST, "row counter codes are 1025 and 1026");
_Static_assert(sizeof(((Vdbe*)0)->aCounter)==(SHOAL_COUNTER_BASE+2)*sizeof(u32), "two counters of ours");
_Static_assert(SQLITE_STMTSTATUS_FILTER_HIT==SHOAL_COUNTER_BASE-1, "our counters follow SQLite's");
_Static_assert(sizeof(shoal_wal_state)==32, "shoal_wal_state is 32 bytes");

int shoal_abi_version(void){
  return SHOAL_ABI;
}

/* The b-tree of "main". It exists as long as the connection does. */
static Btree *shoalMain(sqlite3 *db){
  return db->aDb[0].pBt;
}

static int shoalIsOpen(sqlite3 *db){
  return db!=0 && sqlite3SafetyCheckOk(db);
}

/*
** Length of the file; 0 when there is none.
*/
static int shoalFileBytes(Pager *pPager, i64 *pnByte){
  *pnByte = 0;
  return isOpen(pPager->fd) ? sqlite3OsFileSize(pPager->fd, pnByte) : SQLITE_OK;
}

/*
** Size in pages while no transaction is open and the WAL does not tell: the length of the file.
*/
static int shoalFilePages(Pager *pPager, unsigned int *pPages){
  i64 nByte;
  int rc = shoalFileBytes(pPager, &nByte);
  if( rc==SQLITE_OK ) *pPages = (unsigned int)((nByte + pPager->pageSize - 1)/pPager->pageSize);
  return rc;
}

int shoal_wal_state_get(sqlite3 *db, shoal_wal_state *pState){
  Btree *p;
  Pager *pPager;
  Wal *pWal;
  int rc = SQLITE_OK;

  if( !shoalIsOpen(db) || pState==0 ) return SQLITE_MISUSE_BKPT;
  memset(pState, 0, sizeof(*pState));
  sqlite3_mutex_enter(db->mutex);
  p = shoalMain(db);
  sqlite3BtreeEnter(p);
  pPager = sqlite3BtreePager(p);
  pWal = pPager->pWal;
  pState->pageSize = (unsigned int)pPager->pageSize;
  if( pWal ){
    int isMapped = pWal->nWiData>0 && pWal->apWiData[0]!=0;
    WalIndexHdr hdr = pWal->hdr;
    SEH_TRY {
      if( isMapped ) pState->nBackfill = AtomicLoad(&walCkptInfo(pWal)->nBackfill);
      /* A writer's own copy of the header runs ahead of the last commit when pages were spilled. The
      ** shared one does not, and while this connection holds the write lock nobody else changes it.
      ** After an I/O error or a full disk it stays ahead until the next read: the pager gives the
      ** transaction up without undoing it in the WAL. No copy of a snapshot is ever ahead. */
      if( isMapped ){
        WalIndexHdr aShared[2];
        memcpy(aShared, (const void*)walIndexHdr(pWal), sizeof(aShared));
        if( pWal->writeLock
         || (memcmp(&aShared[0], &aShared[1], sizeof(aShared[0]))==0
          && memcmp(aShared[0].aSalt, hdr.aSalt, sizeof(hdr.aSalt))==0
          && aShared[0].mxFrame<hdr.mxFrame) ){
          hdr = aShared[0];
        }
      }
    }
    SEH_EXCEPT( rc = SQLITE_IOERR_IN_PAGE; )
    pState->isWal = 1;
    pState->salt1 = sqlite3Get4byte((const u8*)&hdr.aSalt[0]);
    pState->salt2 = sqlite3Get4byte((const u8*)&hdr.aSalt[1]);
    pState->mxFrame = hdr.mxFrame;
    pState->pageCount = hdr.nPage;
  }else if( sqlite3BtreeTxnState(p)!=SQLITE_TXN_NONE ){
    pState->pageCount = sqlite3BtreeLastPage(p);
  }
  if( pState->pageCount==0 ) rc = shoalFilePages(pPager, &pState->pageCount);
  sqlite3BtreeLeave(p);
  sqlite3_mutex_leave(db->mutex);
  return rc;
}

int shoal_db_size(sqlite3 *db, unsigned int *pageCount, unsigned int *freePages, unsigned int *pageSize){
  Btree *p;
  int rc = SQLITE_OK;

  if( !shoalIsOpen(db) || pageCount==0 || freePages==0 || pageSize==0 ) return SQLITE_MISUSE_BKPT;
  sqlite3_mutex_enter(db->mutex);
  p = shoalMain(db);
  sqlite3BtreeEnter(p);
  if( sqlite3BtreeTxnState(p)==SQLITE_TXN_NONE ){
    rc = SQLITE_MISUSE_BKPT;
  }else{
    *pageCount = sqlite3BtreeLastPage(p);
    *pageSize = (unsigned int)sqlite3BtreeGetPageSize(p);
    sqlite3BtreeGetMeta(p, BTREE_FREE_PAGE_COUNT, freePages);
  }
  sqlite3BtreeLeave(p);
  sqlite3_mutex_leave(db->mutex);
  return rc;
}

/*
** Page application is a write transaction of the b-tree layer in which pages are changed through the
** pager. autoCommit is 0 meanwhile, so that a statement run in between does not commit it.
*/
static int shoalIsApplying(sqlite3 *db){
  return db->autoCommit==0 && sqlite3BtreeTxnState(shoalMain(db))==SQLITE_TXN_WRITE;
}

int shoal_page_apply_begin(sqlite3 *db){
  int rc;
  if( !shoalIsOpen(db) ) return SQLITE_MISUSE_BKPT;
  sqlite3_mutex_enter(db->mutex);
  if( db->autoCommit==0 || db->nVdbeActive>0 ){
    rc = SQLITE_MISUSE_BKPT;
  }else{
    rc = sqlite3BtreeBeginTrans(shoalMain(db), 1, 0);
    if( rc==SQLITE_OK ){
      db->autoCommit = 0;
    }else if( sqlite3BtreeTxnState(shoalMain(db))!=SQLITE_TXN_NONE ){
      /* The read lock was gained and the write lock was not. */
      sqlite3BtreeRollback(shoalMain(db), SQLITE_OK, 0);
    }
  }
  rc = sqlite3ApiExit(db, rc);
  sqlite3_mutex_leave(db->mutex);
  return rc;
}

/*
** Makes page pgno writable. Its old content is not read where nothing needs it: the WAL keeps no before
** image. Page 1 is always held by the b-tree layer.
*/
static int shoalPageForWrite(BtShared *pBt, Pgno pgno, int needsContent, DbPage **ppPage){
  Pager *pPager = pBt->pPager;
  int flags = (needsContent || pgno==1 || !pagerUseWal(pPager)) ? 0 : PAGER_GET_NOCONTENT;
  int rc = sqlite3PagerGet(pPager, pgno, ppPage, flags);
  if( rc==SQLITE_OK ){
    rc = sqlite3PagerWrite(*ppPage);
    if( rc!=SQLITE_OK ){
      sqlite3PagerUnref(*ppPage);
      *ppPage = 0;
    }
  }
  return rc;
}

int shoal_page_apply(sqlite3 *db, unsigned int pgno, const void *pPage, int nPage){
  int rc = SQLITE_OK;
  if( !shoalIsOpen(db) || pgno==0 || pPage==0 ) return SQLITE_MISUSE_BKPT;
  sqlite3_mutex_enter(db->mutex);
  if( !shoalIsApplying(db) ){
    rc = SQLITE_MISUSE_BKPT;
  }else{
    BtShared *pBt = shoalMain(db)->pBt;
    DbPage *pDbPage = 0;
    if( nPage!=(int)pBt->pageSize ){
      rc = SQLITE_MISMATCH;
    }else if( pgno!=PENDING_BYTE_PAGE(pBt) ){
      rc = shoalPageForWrite(pBt, pgno, 0, &pDbPage);
    }
    if( pDbPage ){
      memcpy(sqlite3PagerGetData(pDbPage), pPage, nPage);
      /* What the b-tree layer parsed from the old content is void (the first byte is MemPage.isInit). */
      ((u8*)sqlite3PagerGetExtra(pDbPage))[0] = 0;
      if( pgno==1 ){
        /* The pager writes dbFileVers+1 as the change counter, so this gives the applied one. */
        u8 *aVersion = (u8*)pBt->pPager->dbFileVers;
        sqlite3Put4byte(aVersion, sqlite3Get4byte((const u8*)pPage + 24) - 1);
      }
      if( pgno>pBt->nPage ) pBt->nPage = pgno;
      sqlite3PagerUnref(pDbPage);
    }
  }
  rc = sqlite3ApiExit(db, rc);
  sqlite3_mutex_leave(db->mutex);
  return rc;
}

/*
** Makes the database pageCount pages long. Its last page, or page 1 when it shrinks, is written so that
** the commit has a frame that carries the new size.
*/
static int shoalSetPageCount(BtShared *pBt, Pgno pageCount){
  Pager *pPager = pBt->pPager;
  DbPage *pDbPage = 0;
  int rc = SQLITE_OK;
  if( pageCount==pPager->dbSize ) return SQLITE_OK;
  if( pageCount==PENDING_BYTE_PAGE(pBt) ) return SQLITE_MISUSE_BKPT;
  if( pageCount>pPager->dbSize ){
    rc = shoalPageForWrite(pBt, pageCount, 1, &pDbPage);
  }else if( pPager->eState<PAGER_WRITER_CACHEMOD ){
    rc = shoalPageForWrite(pBt, 1, 1, &pDbPage);
  }
  if( pDbPage ) sqlite3PagerUnref(pDbPage);
  if( rc==SQLITE_OK ){
    if( pageCount<pPager->dbSize ) sqlite3PagerTruncateImage(pPager, pageCount);
    pBt->nPage = pageCount;
  }
  return rc;
}

int shoal_page_apply_commit(sqlite3 *db, unsigned int pageCount){
  int rc = SQLITE_OK;
  if( !shoalIsOpen(db) || pageCount==0 ) return SQLITE_MISUSE_BKPT;
  sqlite3_mutex_enter(db->mutex);
  if( !shoalIsApplying(db) || db->nVdbeActive>0 ){
    rc = SQLITE_MISUSE_BKPT;
  }else{
    Btree *p = shoalMain(db);
    sqlite3BtreeEnter(p);
    rc = shoalSetPageCount(p->pBt, pageCount);
    /* Not sqlite3BtreeCommitPhaseOne(): it would move pages in an auto-vacuum database. */
    if( rc==SQLITE_OK ) rc = sqlite3PagerCommitPhaseOne(p->pBt->pPager, 0, 0);
    if( rc==SQLITE_OK ) rc = sqlite3BtreeCommitPhaseTwo(p, 0);
    sqlite3BtreeLeave(p);
    if( rc==SQLITE_OK ){
      db->autoCommit = 1;
      sqlite3ResetAllSchemasOfConnection(db);
      /* As after any commit. What the hook returns cannot undo it. */
      (void)doWalCallbacks(db);
    }
  }
  rc = sqlite3ApiExit(db, rc);
  sqlite3_mutex_leave(db->mutex);
  return rc;
}

int shoal_page_apply_rollback(sqlite3 *db){
  int rc;
  if( !shoalIsOpen(db) ) return SQLITE_MISUSE_BKPT;
  sqlite3_mutex_enter(db->mutex);
  if( !shoalIsApplying(db) ){
    rc = SQLITE_MISUSE_BKPT;
  }else{
    rc = sqlite3BtreeRollback(shoalMain(db), SQLITE_ABORT_ROLLBACK, 0);
    db->autoCommit = 1;
    sqlite3ResetAllSchemasOfConnection(db);
  }
  rc = sqlite3ApiExit(db, rc);
  sqlite3_mutex_leave(db->mutex);
  return rc;
}

int shoal_deferred_violations(sqlite3 *db){
  i64 n;
  if( !shoalIsOpen(db) ) return 0;
  sqlite3_mutex_enter(db->mutex);
  n = db->nDeferredCons + db->nDeferredImmCons;
  sqlite3_mutex_leave(db->mutex);
  return n>0x7fffffff ? 0x7fffffff : n>0 ? (int)n : 0;
}

int shoal_read_ahead(sqlite3 *db, sqlite3_int64 iOffset, int nByte){
  Pager *pPager;
  i64 nFile;
  int rc;
  if( !shoalIsOpen(db) || iOffset<0 || nByte<=0 ) return SQLITE_MISUSE_BKPT;
  sqlite3_mutex_enter(db->mutex);
  pPager = sqlite3BtreePager(shoalMain(db));
  rc = shoalFileBytes(pPager, &nFile);
  if( rc==SQLITE_OK && iOffset>=nFile ) rc = SQLITE_DONE;
  if( rc==SQLITE_OK ){
    char last;
    (void)posix_fadvise(((unixFile*)pPager->fd)->h, iOffset, nByte, POSIX_FADV_WILLNEED);
    if( iOffset>0 ) rc = sqlite3OsRead(pPager->fd, &last, 1, iOffset-1);
  }
  sqlite3_mutex_leave(db->mutex);
  return rc;
}
