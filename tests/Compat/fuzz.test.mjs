// Mutated JSON bodies and mutated SQL: every answer is a well-formed envelope, nothing breaks the server.
// The seed is printed; FUZZ_SEED=… repeats a run, FUZZ_REQUESTS=… changes its length.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { call, createDatabase, rows } from './lib/api.mjs';
import { assertEnvelope } from './lib/envelope.mjs';
import { createRandom } from './lib/random.mjs';
import { useServer } from './lib/server.mjs';

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 4294967296);
const requests = Number(process.env.FUZZ_REQUESTS ?? 3000);
const parallel = 8;
const allowedStatus = new Set([200, 400, 404, 413, 429]);

const statements = [
  'SELECT * FROM t WHERE id = ?',
  "INSERT INTO t(a, b) VALUES ('x;y', \"z\"), (NULL, 1.5) RETURNING id, a",
  "UPDATE t SET a = json_set('{}', '$.k', b), b = b + 1 WHERE id % 3 = 0",
  'DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY id DESC LIMIT 2)',
  'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT sum(i), group_concat(i) FROM n',
  'CREATE TABLE IF NOT EXISTS u(k TEXT PRIMARY KEY, v REAL DEFAULT (1 + 2), CHECK (v > 0)) WITHOUT ROWID',
  'create trigger if not exists tr after insert on t begin insert into log values (new.id); end',
  'DROP TRIGGER IF EXISTS tr; DROP TABLE IF EXISTS u; SELECT 1',
  "SELECT x'00ff', 'it''s', [a], `b`, \"c\" FROM t -- comment\n LIMIT 3 OFFSET 1",
  'SELECT a, row_number() OVER (PARTITION BY b ORDER BY id) FROM t /* block */ WHERE a LIKE \'%x%\' ESCAPE \'\\\'',
  "INSERT INTO f(f) VALUES ('rebuild'); SELECT rowid FROM f WHERE f MATCH 'quick OR lazy*'",
  'INSERT INTO t(id, a) VALUES (1, 2) ON CONFLICT(id) DO UPDATE SET a = excluded.a',
  'PRAGMA table_info(t)',
  'ALTER TABLE t ADD COLUMN c7',
  'EXPLAIN QUERY PLAN SELECT * FROM t JOIN log ON t.id = log.id',
];

const bodies = [
  { sql: 'SELECT ? AS a, ?2 AS b', params: [1, 'two'] },
  { sql: 'SELECT :a, @b, $c', params: [null, 1.5, [1, 2, 255]] },
  { batch: [{ sql: 'INSERT INTO t(a) VALUES (?)', params: ['x'] }, { sql: 'SELECT count(*) FROM t' }] },
  { sql: 'SELECT 1; SELECT 2; SELECT 3', params: [] },
];

const tokens = [
  'SELECT', 'FROM', 'WHERE', 'NULL', 'BEGIN', 'END', 'CASE', 'UNION ALL', 'ATTACH', 'PRAGMA', 'VACUUM', 'RETURNING', '*', '(', ')',
  ',', ';', "'", '"', '`', '[', ']', '--', '/*', '*/', '?', '?1', '?999', ':x', '@', '$', '#', '||', '->>', '\u0000', '\n', '\r\n',
  '\u00e9', '\ud834\udd1e', '9223372036854775808', '1e999', "x'0", '0x', '-', 't', 'id', 'sqlite_master', '_cf_KV', 'ROLLBACK',
];

const jsonTokens = ['{', '}', '[', ']', ',', ':', '"', '\\', 'null', 'true', '1e400', '-', '0.', '\\u0000', '\\ud800', '{"sql":', '[[', '\u0001', '  '];

/** Takes out, doubles, swaps or inserts pieces of a text. */
function mutateText(random, text, pieces) {
  let result = text;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(result.length + 1);
    const length = random.below(12);
    switch (random.below(6)) {
      case 0: result = result.slice(0, at) + result.slice(at + length); break;
      case 1: result = result.slice(0, at) + result.slice(at, at + length) + result.slice(at); break;
      case 2: result = result.slice(0, at) + random.pick(pieces) + result.slice(at); break;
      case 3: result = `${result.slice(0, at)} ${random.pick(pieces)} ${result.slice(at + length)}`; break;
      case 4: result = result.slice(0, at); break;
      default: result = result.slice(0, at) + String.fromCharCode(random.below(256)) + result.slice(at + 1);
    }
  }
  return result.slice(0, 50_000);
}

function randomValue(random, depth = 0) {
  switch (random.below(depth > 3 ? 7 : 10)) {
    case 0: return null;
    case 1: return random.chance(0.5);
    case 2: return random.below(1000) - 500;
    case 3: return random.pick([0, -0, 1e308, -1e-300, 9007199254740993, 2 ** 63, 0.1]);
    case 4: return random.pick(['', 'x', 'é✓𝄞', '\u0000', "'; DROP TABLE t; --", 'a'.repeat(random.below(3000))]);
    case 5: return Array.from({ length: random.below(5) }, () => random.below(300));
    case 6: return random.pick(statements);
    case 7: return Array.from({ length: random.below(4) }, () => randomValue(random, depth + 1));
    default: return Object.fromEntries(Array.from({ length: random.below(4) }, () => [
      random.pick(['sql', 'params', 'batch', 'SQL', '', 'x', '__proto__']), randomValue(random, depth + 1)]));
  }
}

/** Replaces one member or element somewhere in a JSON value. */
function mutateValue(random, value, depth = 0) {
  if (value === null || typeof value !== 'object' || depth > 3 || random.chance(0.2)) {
    return randomValue(random);
  }
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const keys = Object.keys(copy);
  const key = keys.length > 0 && random.chance(0.9) ? random.pick(keys) : random.pick(['sql', 'params', 'batch']);
  if (!Array.isArray(copy) && random.chance(0.15)) {
    delete copy[key];
  } else if (!Array.isArray(copy) || /^\d+$/.test(key)) {
    copy[key] = mutateValue(random, copy[key], depth + 1);
  }
  return copy;
}

/** Flips, drops or inserts raw bytes. */
function mutateBytes(random, text) {
  const buffer = Buffer.from(text);
  const at = random.below(buffer.length);
  return random.chance(0.5)
    ? Buffer.concat([buffer.subarray(0, at), Buffer.from([random.below(256)]), buffer.subarray(at + random.below(3))])
    : buffer.subarray(0, at);
}

/** The request of one seed: a method, a path and a body. */
function createRequest(random, id) {
  const path = `/database/${id}/${random.pick(['query', 'raw'])}`;
  switch (random.below(5)) {
    case 0:
    case 1: {
      const sql = mutateText(random, random.pick(statements), tokens);
      return { path, body: { sql, params: random.chance(0.3) ? [1] : undefined } };
    }
    case 2: return { path, body: JSON.stringify(mutateValue(random, random.pick(bodies))) };
    case 3: return { path, body: mutateText(random, JSON.stringify(random.pick(bodies)), jsonTokens) };
    default: return { path, body: mutateBytes(random, JSON.stringify(random.pick(bodies))) };
  }
}

describe('fuzz', () => {
  const server = useServer({ args: ['--query-timeout', '2s'] });
  let id;

  before(async () => {
    id = await createDatabase(server, 'fuzz');
  });

  async function resetTables() {
    for (const sql of [
      'DROP TABLE IF EXISTS t', 'DROP TABLE IF EXISTS log', 'DROP TABLE IF EXISTS f',
      'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)', 'CREATE TABLE log(id)', 'CREATE VIRTUAL TABLE f USING fts5(text)',
      "INSERT INTO t(a, b) VALUES ('x', 1), ('y', 2), ('z', 3)", "INSERT INTO f VALUES ('the quick fox'), ('the lazy dog')",
    ]) {
      await rows(server, id, sql);
    }
  }

  test(`mutated requests (FUZZ_SEED=${seed})`, async () => {
    console.log(`fuzz: FUZZ_SEED=${seed}, ${requests} requests`);
    const counts = {};
    for (let start = 0; start < requests; start += parallel) {
      if (start % 400 === 0) {
        // A mutated statement may drop or rename a table; the next ones shall find it again.
        id = await createDatabase(server, `fuzz-${start}`);
        await resetTables();
      }
      await Promise.all(Array.from({ length: Math.min(parallel, requests - start) }, async (_, offset) => {
        const number = start + offset;
        const { path, body } = createRequest(createRandom((seed + number * 7919) >>> 0), id);
        const shown = body instanceof Uint8Array ? body.toString('latin1') : JSON.stringify(body);
        let answer;
        try {
          answer = await call(server, 'POST', path, body);
        } catch (error) {
          assert.fail(`request ${number} (FUZZ_SEED=${seed}) got no answer: ${error.cause ?? error}\n${shown}`);
        }
        try {
          assertEnvelope(answer);
          assert.ok(allowedStatus.has(answer.status), `HTTP ${answer.status}`);
        } catch (error) {
          assert.fail(`request ${number} (FUZZ_SEED=${seed}): ${error.message}\n${shown}`);
        }
        counts[answer.status] = (counts[answer.status] ?? 0) + 1;
      }));
    }
    console.log(`fuzz: answers by status ${JSON.stringify(counts)}`);
    assert.ok(counts[200] > requests / 100 && counts[400] > requests / 100, 'the mutations are too weak or too strong');
  });

  test('afterwards the server is healthy', async () => {
    assert.equal((await fetch(`${server.origin}/health`)).status, 200);
    const control = await createDatabase(server, 'fuzz-control');
    assert.deepEqual(await rows(server, control, 'CREATE TABLE c(a); INSERT INTO c VALUES (42); SELECT a FROM c'), [{ a: 42 }]);
    assert.deepEqual(await rows(server, id, 'PRAGMA quick_check'), [{ quick_check: 'ok' }]);
  });

  test('the same seed makes the same requests', () => {
    const make = () => Array.from({ length: 50 }, (_, number) => createRequest(createRandom(seed + number), 'id'));
    assert.deepEqual(make(), make());
  });
});
