// Generated calls on the same Worker twice: once on Miniflare's own D1, once on a Shoal server through workerd. What the
// Worker sees must be equal: values, errors, causes and meta.
// BINDING_SEED repeats a run, BINDING_CALLS makes it longer.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createDatabase } from './lib/api.mjs';
import { startLocalWorker, startWorkerd } from './lib/hosts.mjs';
import { createRandom } from './lib/random.mjs';
import { useServer } from './lib/server.mjs';

const seed = Number(process.env.BINDING_SEED ?? Date.now() % 1_000_000);
const wanted = Number(process.env.BINDING_CALLS ?? 1200);
const perRequest = 20;

const schema = [
  'CREATE TABLE i(id INTEGER PRIMARY KEY, a INTEGER, b REAL, c TEXT, d BLOB, e)',
  'CREATE TABLE u(k TEXT PRIMARY KEY, n INTEGER NOT NULL CHECK (n < 1000), r INTEGER REFERENCES i(id))',
  'CREATE INDEX ia ON i(a)',
  'CREATE TABLE log(what)',
  "CREATE TRIGGER tr AFTER DELETE ON i BEGIN INSERT INTO log VALUES (old.id); END",
].map((sql) => ({ op: 'run', sql }));

// No lone surrogates: the simulator makes three U+FFFD of one, Shoal one.
const texts = ['', 'a', 'ä✓𝄞', "it's", 'a\u0000b', '12', '1.5', 'x'.repeat(300)];
const numbers = [0, 1, -1, 7, 999, 1000, 1.5, -0.25, 1e15, 2 ** 53, 2 ** 53 + 2, 1e19, -1e300, 5e-324, { special: '-0' },
  { special: 'NaN' }, { special: 'Infinity' }];

function randomValue(random) {
  switch (random.below(9)) {
    case 0: return null;
    case 1: return random.chance(0.5);
    case 2: return random.pick(texts);
    case 3: return { bytes: Array.from({ length: random.below(6) }, () => random.below(256)) };
    case 4: return { buffer: Array.from({ length: random.below(4) }, () => random.below(256)) };
    case 5: return random.pick([{ words: [1, 256, 65535] }, [], [0, 255], [1, 300], ['x'], { big: '7' }, { special: 'undefined' },
      { special: 'date' }, { special: 'function' }]);
    default: return random.pick(numbers);
  }
}

const key = (random) => random.pick(['k1', 'k2', 'k3', 'k4']);
const id = (random) => 1 + random.below(12);

const statements = [
  (random) => ({ sql: 'INSERT INTO i(a, b, c, d, e) VALUES (?, ?, ?, ?, ?)', params: Array.from({ length: 5 }, () => randomValue(random)) }),
  (random) => ({ sql: 'INSERT INTO i(id, a) VALUES (?, ?) ON CONFLICT(id) DO UPDATE SET a = excluded.a', params: [id(random), random.below(50)] }),
  (random) => ({ sql: 'INSERT INTO i(c, e) VALUES (?1, ?1), (?2, ?1) RETURNING id, typeof(c), e', params: [randomValue(random), randomValue(random)] }),
  (random) => ({ sql: 'INSERT INTO u VALUES (?, ?, ?)', params: [key(random), random.pick([1, 999, 1000, null, 'x', 2.5]), random.pick([null, id(random), 77])] }),
  (random) => ({ sql: 'INSERT OR IGNORE INTO u(k, n) VALUES (?, 5)', params: [key(random)] }),
  (random) => ({ sql: 'UPDATE i SET b = b + ?, e = ? WHERE a >= ?', params: [random.below(5), randomValue(random), random.below(60)] }),
  (random) => ({ sql: 'UPDATE u SET n = n + 1 WHERE k = ? RETURNING *', params: [key(random)] }),
  (random) => ({ sql: 'DELETE FROM i WHERE id = ?', params: [id(random)] }),
  (random) => ({ sql: 'DELETE FROM u WHERE k = ?', params: [key(random)] }),
  () => ({ sql: 'DELETE FROM log' }),
  (random) => ({ sql: 'SELECT * FROM i ORDER BY id LIMIT ?', params: [random.pick([1, 3, 0, 100, 1.5])] }),
  (random) => ({ sql: 'SELECT a, count(*) AS n, max(b) FROM i WHERE a < ? GROUP BY a', params: [random.below(60)] }),
  (random) => ({ sql: 'SELECT i.id, u.k, u.n AS id FROM u JOIN i ON i.id = u.r WHERE u.k <> ?', params: [key(random)] }),
  (random) => ({ sql: 'SELECT typeof(?1) AS t, ?1 AS v, quote(?1) AS q, length(?1) AS l', params: [randomValue(random)] }),
  (random) => ({ sql: 'SELECT ?1 || ?2, ?1 + ?2, ?1 = ?2, json_array(?2)', params: [random.pick(numbers), random.pick(numbers)] }),
  () => ({ sql: "SELECT x'00ff', 9007199254740993, 1e999, -1e999, NULL, 'x' AS x, 2 AS x" }),
  () => ({ sql: 'SELECT count(*) AS n FROM log' }),
  () => ({ sql: 'SELECT total_changes() >= 0 AS t, last_insert_rowid() >= 0 AS l' }),
  () => ({ sql: 'PRAGMA table_info(u)' }),
  () => ({ sql: 'SELECT nope FROM i' }),
  () => ({ sql: 'SELEC 1' }),
  () => ({ sql: 'SELECT * FROM i WHERE c = \'open' }),
  () => ({ sql: 'VACUUM' }),
  () => ({ sql: 'PRAGMA journal_mode' }),
  () => ({ sql: 'COMMIT' }),
  () => ({ sql: ' -- only a comment' }),
  () => ({ sql: ';' }),
  (random) => ({ sql: 'SELECT ?, ?', params: Array.from({ length: random.below(4) }, () => 1) }),
  (random) => ({ sql: 'SELECT ?3, :name, @x', params: Array.from({ length: 4 + random.below(3) }, () => random.below(9)) }),
  (random) => ({ sql: 'INSERT INTO i(a) VALUES (1); DELETE FROM i WHERE id = (SELECT max(id) FROM i); SELECT a FROM i WHERE a = ?', params: [random.below(9)] }),
  (random) => ({ sql: 'SELECT ? ; SELECT 2 AS two', params: [random.below(9)] }),
  (random) => ({ sql: `CREATE TABLE IF NOT EXISTS n${random.below(3)}(a)` }),
  (random) => ({ sql: `DROP TABLE IF EXISTS n${random.below(3)}` }),
];

/**
 * The simulator keeps a statement that failed while it ran busy, and refuses the same text the next time: so no text that can
 * fail is sent twice.
 */
const once = (random, sql) => (/^[A-Z]/.test(sql) ? `${sql} /* ${random.below(1e9)} */` : sql);

function randomCall(random) {
  const statement = () => {
    const { sql, ...rest } = random.pick(statements)(random);
    return { sql: once(random, sql), ...rest };
  };
  switch (random.below(12)) {
    case 0: return { op: 'batch', statements: Array.from({ length: random.below(5) }, statement) };
    case 1: return { op: 'exec', sql: Array.from({ length: 1 + random.below(3) }, () => random.pick([
      "INSERT INTO i(a) VALUES (3)", 'SELECT 1; SELECT 2', 'DELETE FROM log', 'SELECT', "INSERT INTO u VALUES ('k1', 1, NULL)", 'SELECT ?',
      'UPDATE i SET c = 1', '', '-- c']))
      .map((sql) => once(random, sql)).join('\n') };
    case 2:
    case 3: return { op: 'first', ...statement(), ...(random.chance(0.3) ? { column: random.pick(['a', 'id', 'n', 'k', 'v']) } : {}) };
    case 4:
    case 5: return { op: 'raw', ...statement(), ...(random.chance(0.5) ? { options: { columnNames: random.chance(0.7) } } : {}) };
    case 6:
    case 7:
    case 8: return { op: 'run', ...statement() };
    // No sessions: the simulator's bookmarks are rows of the database, which shows in last_row_id and size_after.
    default: return { op: 'all', ...statement() };
  }
}

/** Without what differs by nature: times and who served. */
function comparable(value) {
  return JSON.parse(JSON.stringify(value, (name, member) =>
    (['duration', 'timings', 'served_by', 'served_by_region', 'served_by_colo'].includes(name) ? typeof member : member)) ?? 'null');
}

describe('binding, compared with Miniflare', () => {
  const server = useServer();
  let local;
  let shoal;
  before(async () => {
    local = await startLocalWorker();
    shoal = await startWorkerd(server, await createDatabase(server, 'compared'));
  });
  after(async () => {
    await local?.stop();
    await shoal?.stop();
  });

  test(`generated calls (BINDING_SEED=${seed})`, async () => {
    console.log(`binding: BINDING_SEED=${seed}, ${wanted} calls`);
    const random = createRandom(seed);
    for (const outcome of [...await local.perform(schema), ...await shoal.perform(schema)]) {
      assert.equal(outcome.error, undefined, outcome.error);
    }
    const counts = { value: 0, error: 0 };
    for (let start = 0; start < wanted; start += perRequest) {
      const calls = Array.from({ length: perRequest }, () => randomCall(random));
      const expected = await local.perform(calls);
      const actual = await shoal.perform(calls);
      calls.forEach((call, index) => {
        counts['error' in expected[index] ? 'error' : 'value']++;
        assert.deepEqual(comparable(actual[index]), comparable(expected[index]),
          `call ${start + index} (BINDING_SEED=${seed}): ${JSON.stringify(call)}`);
      });
    }
    console.log(`binding: outcomes ${JSON.stringify(counts)}`);
    assert.ok(counts.value > wanted / 3 && counts.error > wanted / 20, JSON.stringify(counts));
  });

  test('the same seed makes the same calls', () => {
    const make = () => {
      const random = createRandom(seed);
      return Array.from({ length: 50 }, () => randomCall(random));
    };
    assert.deepEqual(make(), make());
  });

  test('a changed answer is found', () => {
    const outcome = { value: { success: true, results: [{ a: 1 }], meta: { duration: 1, changes: 0 } } };
    assert.deepEqual(comparable({ value: { ...outcome.value, meta: { duration: 2, changes: 0 } } }), comparable(outcome));
    assert.notDeepEqual(comparable({ value: { ...outcome.value, meta: { duration: 1, changes: 1 } } }), comparable(outcome));
  });
});
