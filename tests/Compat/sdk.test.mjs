// The official TypeScript SDK (npm `cloudflare`) against the server: all of `client.d1.database`.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, test } from 'node:test';
import Cloudflare from 'cloudflare';
import { useServer } from './lib/server.mjs';

describe('cloudflare SDK', () => {
  const server = useServer();
  let client;
  let databases;
  let account;

  before(() => {
    account = { account_id: server.account };
    client = new Cloudflare({ apiToken: server.token, baseURL: server.base, maxRetries: 0 });
    databases = client.d1.database;
  });

  async function collect(pages) {
    const items = [];
    for await (const item of pages) {
      items.push(item);
    }
    return items;
  }

  async function rejected(promise, type, status, code) {
    try {
      await promise;
    } catch (error) {
      assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
      assert.equal(error.status, status);
      assert.equal(error.errors[0].code, code);
      return error.errors[0].message;
    }
    return assert.fail(`no ${type.name}`);
  }

  describe('databases', () => {
    test('create gives the database', async () => {
      const created = await databases.create({ ...account, name: 'sdk-create' });
      assert.match(created.uuid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.equal(created.name, 'sdk-create');
      assert.equal(created.version, 'production');
      assert.match(created.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    test('create takes a location hint and a jurisdiction', async () => {
      await databases.create({ ...account, name: 'sdk-located', primary_location_hint: 'weur' });
      const regional = await databases.create({ ...account, name: 'sdk-regional', jurisdiction: 'eu' });
      assert.equal((await databases.get(regional.uuid, account)).jurisdiction, 'eu');
    });

    test('create with a taken name is a BadRequestError 7502', async () => {
      await databases.create({ ...account, name: 'sdk-taken' });
      await rejected(databases.create({ ...account, name: 'sdk-taken' }), Cloudflare.BadRequestError, 400, 7502);
    });

    test('list pages by itself', async () => {
      const names = Array.from({ length: 25 }, (_, index) => `sdk-page-${String(index).padStart(2, '0')}`);
      await Promise.all(names.map((name) => databases.create({ ...account, name })));
      const listed = await collect(databases.list({ ...account, per_page: 10, name: 'sdk-page-' }));
      assert.deepEqual(listed.map((item) => item.name).sort(), names);
      const first = await databases.list({ ...account, per_page: 10, page: 2, name: 'sdk-page-' });
      assert.equal(first.result.length, 10);
      assert.deepEqual(first.result_info, { page: 2, per_page: 10, count: 10, total_count: 25 });
      assert.deepEqual((await databases.list({ ...account, page: 99, name: 'sdk-page-' })).result, []);
    });

    test('list filters by a part of the name, whatever its case', async () => {
      await databases.create({ ...account, name: 'sdk-Filter-One' });
      await databases.create({ ...account, name: 'sdk-filter-two' });
      const listed = await collect(databases.list({ ...account, name: 'FILTER' }));
      assert.deepEqual(listed.map((item) => item.name).sort(), ['sdk-Filter-One', 'sdk-filter-two']);
      assert.deepEqual(await collect(databases.list({ ...account, name: 'sdk-filter-%' })), []);
    });

    test('get, whole and with fields', async () => {
      const { uuid } = await databases.create({ ...account, name: 'sdk-get' });
      await databases.query(uuid, { ...account, sql: 'CREATE TABLE t(a)' });
      const whole = await databases.get(uuid, account);
      assert.equal(whole.name, 'sdk-get');
      assert.equal(whole.num_tables, 1);
      assert.equal(whole.file_size, 8192);
      assert.deepEqual(whole.read_replication, { mode: 'disabled' });
      const part = await databases.get(uuid, { ...account, fields: ['uuid', 'name'] });
      assert.deepEqual(part, { uuid, name: 'sdk-get' });
    });

    test('update and edit change the replication mode', async () => {
      const { uuid } = await databases.create({ ...account, name: 'sdk-update' });
      const updated = await databases.update(uuid, { ...account, read_replication: { mode: 'auto' } });
      assert.deepEqual(updated.read_replication, { mode: 'auto' });
      assert.equal(updated.uuid, uuid);
      const edited = await databases.edit(uuid, { ...account, read_replication: { mode: 'disabled' } });
      assert.deepEqual(edited.read_replication, { mode: 'disabled' });
      assert.deepEqual((await databases.get(uuid, account)).read_replication, { mode: 'disabled' });
      assert.deepEqual((await databases.edit(uuid, account)).read_replication, { mode: 'disabled' });
    });

    test('delete removes it, and its name is free again', async () => {
      const { uuid } = await databases.create({ ...account, name: 'sdk-delete' });
      assert.equal(await databases.delete(uuid, account), null);
      await rejected(databases.get(uuid, account), Cloudflare.NotFoundError, 404, 7404);
      const again = await databases.create({ ...account, name: 'sdk-delete' });
      assert.notEqual(again.uuid, uuid);
    });
  });

  describe('query and raw', () => {
    let id;

    before(async () => {
      id = (await databases.create({ ...account, name: 'sdk-query' })).uuid;
      await databases.query(id, { ...account, sql: 'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT)' });
    });

    test('query with parameters', async () => {
      const [inserted] = (await databases.query(id, { ...account, sql: 'INSERT INTO t(a, b) VALUES (?, ?), (?3, ?4)', params: ['1', 'x', '2', 'y'] })).result;
      assert.equal(inserted.meta.changes, 2);
      assert.equal(inserted.meta.rows_written, 2);
      const [selected] = await collect(databases.query(id, { ...account, sql: 'SELECT * FROM t WHERE b = ?', params: ['y'] }));
      assert.deepEqual(selected.results, [{ id: 2, a: '2', b: 'y' }]);
      assert.equal(selected.success, true);
    });

    test('query with several statements gives one result each', async () => {
      const results = await collect(databases.query(id, { ...account, sql: 'SELECT 1 AS a; SELECT 2 AS b; SELECT 3 AS c WHERE false' }));
      assert.deepEqual(results.map((item) => item.results), [[{ a: 1 }], [{ b: 2 }], []]);
    });

    test('query with a batch', async () => {
      const results = await collect(databases.query(id, {
        ...account,
        batch: [{ sql: 'INSERT INTO t(b) VALUES (?) RETURNING b', params: ['batched'] }, { sql: 'SELECT count(*) AS n FROM t WHERE b = ?', params: ['batched'] }],
      }));
      assert.deepEqual(results.map((item) => item.results), [[{ b: 'batched' }], [{ n: 1 }]]);
    });

    test('a failing batch is one BadRequestError and changes nothing', async () => {
      const message = await rejected(
        databases.query(id, { ...account, batch: [{ sql: "INSERT INTO t(b) VALUES ('half')" }, { sql: 'INSERT INTO nowhere VALUES (1)' }] }),
        Cloudflare.BadRequestError, 400, 7500);
      assert.equal(message, 'no such table: nowhere: SQLITE_ERROR');
      const [count] = await collect(databases.query(id, { ...account, sql: "SELECT count(*) AS n FROM t WHERE b = 'half'" }));
      assert.deepEqual(count.results, [{ n: 0 }]);
    });

    test('raw gives columns and rows, doubled names too', async () => {
      const [result] = await collect(databases.raw(id, { ...account, sql: "SELECT 1 AS a, 'two' AS a, x'0aff' AS c, NULL AS d, 2.5 AS e" }));
      assert.deepEqual(result.results, { columns: ['a', 'a', 'c', 'd', 'e'], rows: [[1, 'two', [10, 255], null, 2.5]] });
    });

    test('raw with parameters and no row names its columns', async () => {
      const [result] = await collect(databases.raw(id, { ...account, sql: 'SELECT id, b FROM t WHERE b = ?', params: ['none'] }));
      assert.deepEqual(result.results, { columns: ['id', 'b'], rows: [] });
    });

    test('raw with several statements and with a batch', async () => {
      const several = await collect(databases.raw(id, { ...account, sql: 'SELECT 1 AS a; SELECT 2 AS b' }));
      assert.deepEqual(several.map((item) => item.results.rows), [[[1]], [[2]]]);
      const batch = await collect(databases.raw(id, { ...account, batch: [{ sql: 'SELECT ? AS a', params: ['x'] }, { sql: 'SELECT 2 AS b' }] }));
      assert.deepEqual(batch.map((item) => item.results.rows), [[['x']], [[2]]]);
    });

    test('an SQL error is a BadRequestError 7500', async () => {
      const message = await rejected(databases.query(id, { ...account, sql: 'SELECT nope' }), Cloudflare.BadRequestError, 400, 7500);
      assert.equal(message, 'no such column: nope at offset 7: SQLITE_ERROR');
      await rejected(databases.raw(id, { ...account, sql: 'SELECT nope' }), Cloudflare.BadRequestError, 400, 7500);
    });
  });

  describe('values', () => {
    let id;

    before(async () => {
      id = (await databases.create({ ...account, name: 'sdk-values' })).uuid;
      await databases.query(id, { ...account, sql: 'CREATE TABLE v(id INTEGER PRIMARY KEY, i INTEGER, b BLOB)' });
    });

    test('integers beyond 2^53 go in and come out exactly as text, and rounded as numbers, as on D1', async () => {
      for (const text of ['9007199254740993', '-9223372036854775808', '9223372036854775807']) {
        await databases.query(id, { ...account, sql: 'INSERT INTO v(i) VALUES (?)', params: [text] });
        const [exact] = await collect(databases.query(id, {
          ...account, sql: 'SELECT CAST(i AS TEXT) AS exact, i, typeof(i) AS type FROM v WHERE i = CAST(? AS INTEGER)', params: [text],
        }));
        assert.deepEqual(exact.results, [{ exact: text, i: Number(text), type: 'integer' }]);
      }
    });

    test('blobs are arrays of bytes, empty ones too', async () => {
      await databases.query(id, { ...account, sql: "INSERT INTO v(id, b) VALUES (100, x'00ff10'), (101, x''), (102, NULL)" });
      const [found] = await collect(databases.query(id, { ...account, sql: 'SELECT b FROM v WHERE id >= 100 ORDER BY id' }));
      assert.deepEqual(found.results, [{ b: [0, 255, 16] }, { b: [] }, { b: null }]);
    });
  });

  describe('import and export', () => {
    async function exported(id, options = {}) {
      let state = await databases.export(id, { ...account, output_format: 'polling', ...options });
      for (let polls = 0; state.status !== 'complete'; polls++) {
        assert.ok(polls < 100 && state.status !== 'error', JSON.stringify(state));
        await new Promise((resolve) => setTimeout(resolve, 20));
        state = await databases.export(id, { ...account, output_format: 'polling', current_bookmark: state.at_bookmark, ...options });
      }
      assert.equal(state.type, 'export');
      return (await fetch(state.result.signed_url)).text();
    }

    async function imported(id, text) {
      const etag = createHash('md5').update(text).digest('hex');
      const begun = await databases.import(id, { ...account, action: 'init', etag });
      if (begun.upload_url) {
        const upload = await fetch(begun.upload_url, { method: 'PUT', body: text });
        assert.equal(upload.status, 200);
        assert.equal(upload.headers.get('etag').replaceAll('"', ''), etag);
      }
      let state = await databases.import(id, { ...account, action: 'ingest', etag, filename: begun.filename });
      for (let polls = 0; state.status !== 'complete' && state.status !== 'error'; polls++) {
        assert.ok(polls < 100, JSON.stringify(state));
        await new Promise((resolve) => setTimeout(resolve, 20));
        state = await databases.import(id, { ...account, action: 'poll', current_bookmark: state.at_bookmark });
      }
      return state;
    }

    test('what was exported can be imported, integers and blobs exactly', async () => {
      const from = (await databases.create({ ...account, name: 'sdk-from' })).uuid;
      const to = (await databases.create({ ...account, name: 'sdk-to' })).uuid;
      await databases.query(from, { ...account, sql: `CREATE TABLE t(i INTEGER, b BLOB, x TEXT); CREATE INDEX ti ON t(i);
        INSERT INTO t VALUES (9223372036854775807, x'00ff', 'it''s'), (9007199254740993, NULL, char(228, 10003, 10))` });
      const dump = await exported(from);
      const state = await imported(to, dump);
      assert.equal(state.status, 'complete', JSON.stringify(state));
      assert.equal(state.type, 'import');
      assert.ok(state.result.num_queries >= 4);
      assert.equal(await exported(to), dump);
      const [sum] = await collect(databases.query(to, { ...account, sql: 'SELECT group_concat(CAST(i AS TEXT)) AS i, count(b) AS b FROM t' }));
      assert.deepEqual(sum.results, [{ i: '9223372036854775807,9007199254740993', b: 1 }]);

      const schema = await exported(from, { dump_options: { no_data: true } });
      assert.match(schema, /CREATE TABLE t/);
      assert.doesNotMatch(schema, /INSERT/);
      const data = await exported(from, { dump_options: { no_schema: true, tables: ['t'] } });
      assert.doesNotMatch(data, /CREATE/);
      assert.match(data, /9223372036854775807/);
    });

    test('an import that fails says so and changes nothing', async () => {
      const { uuid } = await databases.create({ ...account, name: 'sdk-import-fails' });
      const state = await imported(uuid, 'CREATE TABLE t(a); INSERT INTO t VALUES (1); INSERT INTO nowhere VALUES (2);');
      assert.equal(state.status, 'error');
      assert.match(state.error, /no such table: nowhere/);
      assert.equal((await databases.get(uuid, account)).num_tables, 0);
    });
  });

  describe('time travel', () => {
    test('a bookmark is found, restored, and undone by the previous one', async () => {
      const { uuid } = await databases.create({ ...account, name: 'sdk-travel' });
      await databases.query(uuid, { ...account, sql: "CREATE TABLE t(a); INSERT INTO t VALUES ('kept')" });
      const { bookmark } = await databases.timeTravel.getBookmark(uuid, account);
      await databases.query(uuid, { ...account, sql: 'DELETE FROM t' });
      const restored = await databases.timeTravel.restore(uuid, { ...account, bookmark });
      assert.equal(restored.bookmark, bookmark);
      const count = async () => (await collect(databases.query(uuid, { ...account, sql: 'SELECT count(*) AS n FROM t' })))[0].results[0].n;
      assert.equal(await count(), 1);
      await databases.timeTravel.restore(uuid, { ...account, bookmark: restored.previous_bookmark });
      assert.equal(await count(), 0);
      await rejected(databases.timeTravel.restore(uuid, { ...account, bookmark: 'nonsense' }), Cloudflare.BadRequestError, 400, 7400);
    });
  });

  describe('errors', () => {
    const missing = '00000000-0000-4000-8000-000000000000';

    test('an unknown database is a NotFoundError 7404', async () => {
      const message = await rejected(databases.query(missing, { ...account, sql: 'SELECT 1' }), Cloudflare.NotFoundError, 404, 7404);
      assert.match(message, /could not be found/);
      await rejected(databases.delete(missing, account), Cloudflare.NotFoundError, 404, 7404);
      await rejected(databases.update(missing, { ...account, read_replication: { mode: 'auto' } }), Cloudflare.NotFoundError, 404, 7404);
    });

    test('a wrong token is an authentication error', async () => {
      const stranger = new Cloudflare({ apiToken: 'wrong', baseURL: server.base, maxRetries: 0 });
      for (const call of [
        () => stranger.d1.database.get(missing, account),
        () => stranger.d1.database.query(missing, { ...account, sql: 'SELECT 1' }),
        () => stranger.d1.database.create({ ...account, name: 'sdk-stranger' }),
      ]) {
        await assert.rejects(call, (error) => {
          assert.ok(error instanceof Cloudflare.AuthenticationError || error instanceof Cloudflare.PermissionDeniedError
            || error instanceof Cloudflare.BadRequestError, `${error.constructor.name}: ${error.message}`);
          assert.equal(error.errors[0].code, 10000);
          assert.equal(error.errors[0].message, 'Authentication error');
          return true;
        });
      }
    });
  });
});
