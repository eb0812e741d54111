// A Worker with a cron trigger: each night it adds up yesterday's visits of every tenant, each in a database of its own.
// wrangler.jsonc: { "main": "worker.mjs", "triggers": { "crons": ["5 0 * * *"] } }, and SHOAL, a service binding to the server;
// see docs/guides/workers.md.
import { shoal } from '../../clients/worker/shoal-d1.mjs';

export default {
  async scheduled(controller, env, context) {
    context.waitUntil(rollUp(env, new Date(controller.scheduledTime)));
  },
};

/** Rolls up the day before `now` for all tenants; running it again gives the same. */
export async function rollUp(env, now) {
  const databases = shoal(env.SHOAL, { url: env.SHOAL_URL, token: env.SHOAL_TOKEN });
  const day = new Date(now.getTime() - 86_400_000).toISOString().slice(0, 10);
  const { results: tenants } = await databases.database('tenants').prepare('SELECT name FROM tenants ORDER BY name').all();
  const done = [];
  // A few tenants at a time: they are databases of their own, and each gets one batch, which is one transaction.
  for (let first = 0; first < tenants.length; first += 6) {
    done.push(...await Promise.all(tenants.slice(first, first + 6).map(({ name }) => rollUpTenant(databases.database(name), name, day))));
  }
  return done;
}

async function rollUpTenant(database, name, day) {
  const [, added, removed] = await database.batch([
    database.prepare('CREATE TABLE IF NOT EXISTS days(day TEXT, path TEXT, visits INTEGER, PRIMARY KEY (day, path)) WITHOUT ROWID'),
    database.prepare(`INSERT INTO days SELECT ?1, path, count(*) FROM visits WHERE at >= ?1 AND at < date(?1, '+1 day') GROUP BY path
      ON CONFLICT(day, path) DO UPDATE SET visits = max(visits, excluded.visits)`).bind(day),
    database.prepare("DELETE FROM visits WHERE at < date(?1, '-30 days')").bind(day),
  ]);
  return { name, day, paths: added.meta.changes, removed: removed.meta.changes };
}
