// The differences between Miniflare and Shoal that are wanted. Everything not listed here fails the test.

/** Each rule has a reason and says whether it applies to one difference `{index, sql, field, oracle, shoal}`. */
export const tolerated = [
  {
    reason: 'A deferred foreign key that fails at commit: the simulator hides it behind "internal error; reference = …" '
      + 'where Shoal names the constraint.',
    applies: (_, difference) => difference.field === 'error'
      && /^internal error; reference = /.test(difference.oracle)
      && difference.shoal === 'FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)',
  },
];
