// The binding protocol with its real clients: `env.DB` of workerd, of Miniflare and of `wrangler dev` on a Shoal server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call, createDatabase } from './lib/api.mjs';
import { startMiniflare, startWorkerd, startWranglerDev } from './lib/hosts.mjs';
import { useServer } from './lib/server.mjs';

const unique = 'UNIQUE constraint failed: t.k: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)';
const bookmark = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

/** The outcome's value; fails when the call failed. */
function value(outcome) {
  assert.equal(outcome.error, undefined, outcome.error);
  return outcome.value;
}

/** What every way of reaching the server must be able to do; `host()` is one whose database is empty. */
function conformance(host) {
  const one = async (call) => (await host().perform([call]))[0];

  test('prepare, bind and each way to get rows', async () => {
    const outcomes = (await host().perform([
      { op: 'run', sql: 'CREATE TABLE t(id INTEGER PRIMARY KEY, k TEXT UNIQUE, v)' },
      { op: 'run', sql: 'INSERT INTO t(k, v) VALUES (?, ?), (?, ?)', params: ['a', 1.5, 'b', null] },
      { op: 'all', sql: 'SELECT id, k, v FROM t ORDER BY id' },
      { op: 'first', sql: 'SELECT k, v FROM t WHERE k = ?', params: ['a'] },
      { op: 'first', sql: 'SELECT k, v FROM t WHERE k = ?', params: ['a'], column: 'v' },
      { op: 'first', sql: 'SELECT k FROM t WHERE k = ?', params: ['nobody'] },
      { op: 'raw', sql: 'SELECT id, k AS id FROM t ORDER BY id' },
      { op: 'raw', sql: 'SELECT id, k AS id FROM t WHERE false', options: { columnNames: true } },
      { op: 'run', sql: 'INSERT INTO t(k) VALUES (?) RETURNING id, k', params: ['c'] },
    ])).map(value);
    assert.deepEqual(outcomes[0].results, []);
    assert.deepEqual([outcomes[0].success, outcomes[0].meta.changes, outcomes[0].meta.changed_db], [true, 0, true]);
    const { meta } = outcomes[1];
    assert.deepEqual([meta.changes, meta.last_row_id, meta.rows_written, meta.changed_db, meta.served_by], [2, 2, 4, true, 'shoal']);
    assert.deepEqual(outcomes[2].results, [{ id: 1, k: 'a', v: 1.5 }, { id: 2, k: 'b', v: null }]);
    assert.equal(outcomes[2].meta.rows_read, 2);
    assert.deepEqual(outcomes[3], { k: 'a', v: 1.5 });
    assert.equal(outcomes[4], 1.5);
    assert.equal(outcomes[5], null);
    assert.deepEqual(outcomes[6], [[1, 'a'], [2, 'b']]);
    assert.deepEqual(outcomes[7], [['id', 'id']]);
    assert.deepEqual(outcomes[8].results, [{ id: 3, k: 'c' }]);
  });

  test('values of all kinds, numbers as doubles', async () => {
    const types = await one({
      op: 'raw',
      sql: 'SELECT typeof(?1), typeof(?2), typeof(?3), typeof(?4), typeof(?5), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8',
      params: [1, 'é✓𝄞', true, { buffer: [0, 255] }, null, { bytes: [] }, { words: [256, 65535, 7] }, [1, 2, 255]],
    });
    assert.deepEqual(value(types), [['real', 'text', 'real', 'blob', 'null', 1, 'é✓𝄞', 1, [0, 255], null, [], [0, 255, 7], [1, 2, 255]]]);
    const large = await one({
      op: 'raw', sql: 'SELECT 9007199254740991, 9007199254740993, 9223372036854775807, ?, ?', params: [2 ** 53 + 2, { special: 'NaN' }],
    });
    assert.deepEqual(value(large), [[9007199254740991, 9007199254740992, 9223372036854775807, 9007199254740994, null]]);
    assert.deepEqual(value(await one({ op: 'raw', sql: "SELECT 'a' || ?, json_array(?), 5 / ?", params: [1, 1, 2] })), [['a1.0', '[1.0]', 2.5]]);
  });

  test('errors have the texts of D1, and their cause', async () => {
    const outcomes = await host().perform([
      { op: 'all', sql: 'SELECT * FROM nope' },
      { op: 'run', sql: "INSERT INTO t(k) VALUES ('a')" },
      { op: 'first', sql: 'SELECT k FROM t', column: 'missing' },
      { op: 'all', sql: 'SELECT ?', params: [{ big: '1' }] },
      { op: 'all', sql: 'SELECT ?, ?', params: [1] },
      { op: 'raw', sql: 'BEGIN' },
      { op: 'all', sql: '-- nothing' },
      { op: 'exec', sql: 'CREATE TABLE\n e1(a);' },
    ]);
    assert.deepEqual(outcomes.map(({ error }) => error), [
      'D1_ERROR: no such table: nope: SQLITE_ERROR',
      `D1_ERROR: ${unique}`,
      'D1_COLUMN_NOTFOUND: Column not found (missing)',
      "D1_TYPE_ERROR: Type 'bigint' not supported for value '1'",
      'D1_ERROR: Wrong number of parameter bindings for SQL query.',
      outcomes[5].error,
      'D1_ERROR: No SQL statements detected.',
      'D1_EXEC_ERROR: Error in line 1: CREATE TABLE: incomplete input: SQLITE_ERROR',
    ]);
    assert.match(outcomes[5].error, /^D1_ERROR: To execute a transaction, please use/);
    assert.equal(outcomes[1].cause, unique);
  });

  test('a batch is one transaction', async () => {
    const outcomes = await host().perform([
      { op: 'batch', statements: [{ sql: 'INSERT INTO t(k) VALUES (?)', params: ['x'] }, { sql: 'SELECT count(*) AS n FROM t' }] },
      { op: 'batch', statements: [{ sql: "INSERT INTO t(k) VALUES ('y')" }, { sql: "INSERT INTO t(k) VALUES ('x')" }] },
      { op: 'first', sql: "SELECT count(*) AS n FROM t WHERE k IN ('x', 'y')", column: 'n' },
      { op: 'batch', statements: [] },
    ]);
    assert.deepEqual(value(outcomes[0]).map(({ results }) => results), [[], [{ n: 4 }]]);
    assert.equal(outcomes[1].error, `D1_ERROR: ${unique}`);
    assert.equal(value(outcomes[2]), 1);
    assert.equal(outcomes[3].error, 'D1_ERROR: No SQL statements detected.');
  });

  test('a text of several statements answers its last', async () => {
    const answer = value(await one({ op: 'all', sql: "UPDATE t SET v = 1; DELETE FROM t WHERE k = 'x'; SELECT k FROM t WHERE k = ?", params: ['b'] }));
    assert.deepEqual(answer.results, [{ k: 'b' }]);
    assert.deepEqual([answer.meta.changes, answer.meta.rows_written], [5, 0]);
  });

  test('exec counts lines', async () => {
    const { count, duration } = value(await one({ op: 'exec', sql: "CREATE TABLE e(a); INSERT INTO e VALUES (1)\nINSERT INTO e VALUES (2);\n" }));
    assert.equal(count, 2);
    assert.equal(typeof duration, 'number');
    assert.equal(value(await one({ op: 'first', sql: 'SELECT count(*) AS n FROM e', column: 'n' })), 2);
  });

  test('dump gives an SQLite file', async () => {
    assert.equal(Buffer.from(value(await one({ op: 'dump' }))).toString('latin1'), 'SQLite format 3\0');
  });

  test('sessions read their own writes and their bookmarks grow', async () => {
    const calls = [{ op: 'bookmark', session: 'a', start: 'first-primary' }];
    for (let turn = 0; turn < 5; turn++) {
      calls.push(
        { op: 'run', session: 'a', sql: 'INSERT INTO e VALUES (?)', params: [100 + turn] },
        { op: 'bookmark', session: 'a' },
        { op: 'first', session: 'a', sql: 'SELECT max(a) AS n FROM e', column: 'n' });
    }
    const outcomes = (await host().perform(calls)).map(value);
    assert.equal(outcomes[0], null);
    let last = '';
    for (let turn = 0; turn < 5; turn++) {
      assert.match(outcomes[2 + 3 * turn], bookmark);
      assert.ok(outcomes[2 + 3 * turn] > last, `${outcomes[2 + 3 * turn]} after ${last}`);
      last = outcomes[2 + 3 * turn];
      assert.equal(outcomes[3 + 3 * turn], 100 + turn);
    }
    const more = (await host().perform([
      { op: 'bookmark', session: 'b', start: last },
      { op: 'first', session: 'b', sql: 'SELECT max(a) AS n FROM e', column: 'n' },
      { op: 'bookmark', session: 'b' },
      { op: 'first', session: 'c', start: 'token-doesnot-matter-for-now', sql: 'SELECT 1 AS n', column: 'n' },
      { op: 'bookmark', session: 'c' },
      { op: 'first', session: 'd', sql: 'SELECT 1 AS n', column: 'n' },
      { op: 'bookmark', session: 'd' },
    ])).map(value);
    assert.equal(more[0], last);
    assert.equal(more[1], 104);
    assert.ok(more[2] >= last);
    assert.deepEqual([more[3], more[4]], [1, 'token-doesnot-matter-for-now']);
    assert.match(more[6], bookmark);
  });
}

describe('binding', () => {
  const server = useServer();
  const hosts = { workerd: startWorkerd, 'Miniflare in Node': startMiniflare, 'wrangler dev': startWranglerDev };
  for (const [name, start] of Object.entries(hosts)) {
    describe(name, () => {
      let host;
      before(async () => {
        host = await start(server, await createDatabase(server, `binding-${name.replaceAll(' ', '-')}`));
      });
      after(() => host?.stop());
      conformance(() => host);
    });
  }

  describe('many tenants behind one service binding', () => {
    let host;
    before(async () => {
      host = await startWorkerd(server, 'unused');
    });
    after(() => host?.stop());
    conformance(() => ({ perform: (calls) => host.performOn('conformance', calls, { createOnUse: true }) }));

    test('each tenant has a database of its own, created by its first use', async () => {
      const create = { createOnUse: true };
      const names = Array.from({ length: 60 }, (_, index) => `tenant-${index % 20}`);
      const outcomes = await Promise.all(names.map((name) => host.performOn(name, [
        { op: 'exec', sql: 'CREATE TABLE IF NOT EXISTS visits(n)' },
        { op: 'run', sql: 'INSERT INTO visits VALUES (?)', params: [name] },
      ], create)));
      outcomes.flat().forEach(value);
      for (const name of new Set(names)) {
        const [rows] = await host.performOn(name, [{ op: 'raw', sql: 'SELECT n, count(*) FROM visits GROUP BY n' }]);
        assert.deepEqual(value(rows), [[name, 3]]);
      }
    });

    test('without the option an unknown tenant is an error that says what to do', async () => {
      const [outcome] = await host.performOn('stranger', [{ op: 'all', sql: 'SELECT 1' }]);
      assert.match(outcome.error, /^D1_ERROR: The database stranger could not be found \(create it, or /);
      const [bad] = await host.performOn('not a/name?', [{ op: 'all', sql: 'SELECT 1' }], { createOnUse: true });
      assert.match(bad.error, /^D1_ERROR: Invalid property: name => /);
      const [dump] = await host.performOn('stranger', [{ op: 'dump' }]);
      assert.match(dump.error, /^D1_DUMP_ERROR: The database stranger could not be found/);
    });
  });

  test('failures around the SQL reach the Worker as errors of D1', async () => {
    const { result } = (await call(server, 'POST', '', { name: 'reader', permission: 'read' }, { root: '/admin/tokens' })).json;
    const cases = [
      [{ ...server, token: result.secret }, 'shoal-missing', /^D1_ERROR: The database shoal-missing could not be found/],
      [{ ...server, token: 'wrong/@%2F' }, 'x', /^D1_ERROR: Authentication error \(the token is unknown/],
    ];
    for (const [as, database, expected] of cases) {
      const host = await startMiniflare(as, database);
      try {
        assert.match((await host.perform([{ op: 'all', sql: 'SELECT 1' }]))[0].error, expected);
      } finally {
        await host.stop();
      }
    }
    const id = await createDatabase(server, 'read-only');
    const host = await startMiniflare({ ...server, token: result.secret }, id);
    try {
      const outcomes = await host.perform([{ op: 'first', sql: 'SELECT 7 AS n', column: 'n' }, { op: 'exec', sql: 'CREATE TABLE t(a)' }]);
      assert.equal(value(outcomes[0]), 7);
      assert.match(outcomes[1].error, /^D1_EXEC_ERROR: Error in line 1: CREATE TABLE t\(a\): This token may only read/);
    } finally {
      await host.stop();
    }
  });
});
