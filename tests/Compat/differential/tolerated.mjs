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
];
