/** One statement with its parameters. */
export const q = (sql, ...params) => ({ sql, params });
