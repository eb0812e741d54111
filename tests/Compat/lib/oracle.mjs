// The oracle: Miniflare's D1 simulator (workerd's SQLite), run live. Every database name is a fresh database.
import { fileURLToPath } from 'node:url';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';

// Passes the body on to the simulator's entry; the header picks the database.
const forwarder = `export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    return env.ENTRY.fetch('http://d1/query?resultsFormat=ROWS_AND_COLUMNS', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'MF-Namespace': url.pathname.slice(1) },
      body: await request.text(),
    });
  },
}`;

/**
 * Starts the simulator in memory.
 * `query(database, queries)` takes one `{sql, params?}` or an array of them (one transaction) and answers
 * `[{results: {columns, rows}, meta}, …]`, or `{error}`.
 */
export async function startOracle() {
  const miniflare = new Miniflare(convertV4MiniflareOptions({
    modules: true,
    script: forwarder,
    compatibilityDate: '2026-04-01',
    d1Databases: { DB: 'unused' },
    unsafeBindings: [{
      name: 'ENTRY',
      type: 'd1-entry',
      plugin: { package: fileURLToPath(new URL('./oracle-plugin.mjs', import.meta.url)), name: 'd1-entry' },
      options: {},
    }],
  }));
  await miniflare.ready;
  return {
    async query(database, queries) {
      const response = await miniflare.dispatchFetch(`http://oracle/${database}`, {
        method: 'POST',
        body: JSON.stringify(queries),
      });
      const text = await response.text();
      let body;
      try {
        body = JSON.parse(text);
      } catch {
        // A critical error (a full disk, a transaction that vanished) restarts the simulator's database.
        const message = /^Error: (.*)\n/.exec(text)?.[1];
        return message === undefined ? { error: `HTTP ${response.status}: ${text}` } : { error: message, restarted: true };
      }
      return Array.isArray(body) ? body : { error: body.error, raw: body };
    },
    stop: () => miniflare.dispose(),
  };
}
