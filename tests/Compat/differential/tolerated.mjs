// The differences between Miniflare and Shoal that are wanted. Everything not listed here fails the test.

const constraint = / constraint failed.*: SQLITE_CONSTRAINT \(extended: SQLITE_CONSTRAINT_\w+\)$/;
const raised = /^negative: SQLITE_CONSTRAINT \(extended: SQLITE_CONSTRAINT_TRIGGER\)$/;

/**
 * Each rule has a reason and says whether it applies to one difference `{index, sql, field, oracle, shoal, restarted}`;
 * `restarted` tells that the simulator restarted its database in this scenario, at or before this request.
 */
export const tolerated = [
  {
    reason: 'A deferred foreign key that fails at commit, and a constraint that rolls the whole transaction back: the '
      + 'simulator answers "internal error; reference = …" where Shoal names the constraint.',
    applies: ({ field, oracle, shoal }) => field === 'error'
      && /^internal error; reference = /.test(oracle)
      && (constraint.test(shoal) || raised.test(shoal)),
  },
  {
    reason: 'After such an error the simulator restarts its database, which resets last_insert_rowid() to 0; in Shoal '
      + 'the database goes on and the value stays.',
    applies: ({ field, oracle, restarted }) => restarted && /(^|\.)last_row_id$/.test(field) && oracle === 0,
  },
  {
    reason: 'The simulator refuses a text that ends in an empty statement or a comment after its last semicolon; files and '
      + 'generated texts end so, and Shoal runs what is there.',
    applies: ({ field, sql, oracle, shoal }) => field === 'error'
      && oracle === 'SQL code did not contain a statement.' && shoal === undefined
      && /^SELECT 1;\s*(;|--.*|\/\*.*\*\/)$/.test(sql),
  },
  {
    reason: 'The simulator measures the whole rest of a text where the limit is documented per statement.',
    applies: ({ field, sql, oracle, shoal }) => field === 'error'
      && oracle === 'statement too long: SQLITE_TOOBIG' && shoal === undefined
      && sql.split('; ').every((statement) => Buffer.byteLength(statement) <= 100_000),
  },
  {
    reason: 'The simulator has a newer SQLite, which words this error anew.',
    applies: ({ field, oracle, shoal }) => field === 'error'
      && oracle === 'triggers nested too deep: SQLITE_ERROR'
      && shoal === 'too many levels of trigger recursion: SQLITE_ERROR',
  },
];
