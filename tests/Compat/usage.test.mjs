// What the unmodified wrangler shows of usage: `d1 info` and `d1 insights`, also after a restart of the server.
import assert from 'node:assert/strict';
import { before, after, describe, test } from 'node:test';
import { call, createDatabase, rows } from './lib/api.mjs';
import { useServer } from './lib/server.mjs';
import { createWorkspace } from './lib/wrangler.mjs';

describe('usage in wrangler', () => {
  const server = useServer();
  let space;
  let id;

  before(async () => {
    space = await createWorkspace(server);
    id = await createDatabase(server, 'wr-usage');
    await rows(server, id, 'CREATE TABLE t(a)');
    await rows(server, id, "INSERT INTO t VALUES ('x'), ('y'), ('z')");
    for (const value of ['x', 'y']) {
      await rows(server, id, 'SELECT a FROM t WHERE a = ?', [value]);
    }
    await rows(server, id, "SELECT count(*) FROM t WHERE a > 'secret'");
  });
  after(() => space?.remove());

  test('info shows what the database did', async () => {
    const info = await space.json('d1', 'info', 'wr-usage');
    assert.equal(info.read_queries_24h, 3);
    assert.equal(info.write_queries_24h, 2);
    assert.ok(info.rows_read_24h >= 9, String(info.rows_read_24h));
    assert.ok(info.rows_written_24h >= 3, String(info.rows_written_24h));
  });

  test('insights lists statements, without their values', async () => {
    const insights = await space.json('d1', 'insights', 'wr-usage', '--sort-by', 'count', '--limit', '3');
    assert.equal(insights.length, 3);
    assert.equal(insights[0].query, 'SELECT a FROM t WHERE a = ?');
    assert.equal(insights[0].numberOfTimesRun, 2);
    assert.equal(insights[0].totalRowsRead, 6);
    assert.ok(!JSON.stringify(insights).includes('secret'));
  });

  test('insights sorts by rows read, rows written and time', async () => {
    const written = await space.json('d1', 'insights', 'wr-usage', '--sort-by', 'writes', '--limit', '1');
    assert.match(written[0].query, /^(INSERT INTO t VALUES \(\?\)|CREATE TABLE t\(a\))$/);
    const average = await space.json('d1', 'insights', 'wr-usage', '--sort-type', 'avg', '--sort-by', 'reads', '--sort-direction', 'ASC', '--limit', '10');
    const reads = average.map((row) => row.avgRowsRead);
    assert.deepEqual(reads, [...reads].sort((a, b) => a - b));
    assert.ok((await space.ok('d1', 'insights', 'wr-usage', '--sort-by', 'time', '--time-period', '7d')).length > 0);
  });

  test('an unfamiliar database has no insights and is no error', async () => {
    await createDatabase(server, 'wr-quiet');
    assert.deepEqual(await space.json('d1', 'insights', 'wr-quiet'), []);
  });

  test('the recommendations have the shape of D1', async () => {
    const { json } = await call(server, 'GET', `/database/${id}/insights?filter=recommendations`);
    assert.deepEqual(Object.keys(json.result), ['recommendations']);
    assert.deepEqual(Object.keys(json.result.recommendations), ['generated_at', 'insights']);
  });
});
