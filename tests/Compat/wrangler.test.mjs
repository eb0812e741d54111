// The unmodified wrangler against the server: every `d1` command that talks to a remote database.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { callOk, createDatabase, rows } from './lib/api.mjs';
import { useServer } from './lib/server.mjs';
import { createWorkspace } from './lib/wrangler.mjs';

/** Waits until a whole second has begun that is after everything before; its time. */
async function nextSecond() {
  const second = Math.floor(Date.now() / 1000) + 1;
  while (Date.now() < second * 1000 + 20) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  return new Date(second * 1000).toISOString();
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

describe('wrangler', () => {
  const server = useServer();
  let space;

  before(async () => {
    space = await createWorkspace(server);
  });
  after(() => space?.remove());

  describe('time travel', () => {
    test('info gives a bookmark, restore takes the database back, and can be undone', async () => {
      const id = await createDatabase(server, 'wr-travel');
      await rows(server, id, 'CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)');
      const { bookmark } = await space.json('d1', 'time-travel', 'info', 'wr-travel');
      assert.match(bookmark, /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/);
      await rows(server, id, 'DELETE FROM t');

      const restored = await space.json('d1', 'time-travel', 'restore', 'wr-travel', '--bookmark', bookmark);
      assert.equal(restored.bookmark, bookmark);
      assert.deepEqual(await rows(server, id, 'SELECT a FROM t ORDER BY a'), [{ a: 1 }, { a: 2 }]);

      const output = await space.ok('d1', 'time-travel', 'restore', 'wr-travel', '--bookmark', restored.previous_bookmark);
      assert.match(output, /restored/i);
      assert.deepEqual(await rows(server, id, 'SELECT a FROM t'), []);
    });

    test('a timestamp means the newest commit before it', async () => {
      const id = await createDatabase(server, 'wr-travel-time');
      await rows(server, id, 'CREATE TABLE t(a); INSERT INTO t VALUES (1)');
      const { bookmark } = await space.json('d1', 'time-travel', 'info', 'wr-travel-time');
      const between = await nextSecond();
      await rows(server, id, 'DELETE FROM t');

      const info = await space.json('d1', 'time-travel', 'info', 'wr-travel-time', '--timestamp', between);
      assert.equal(info.bookmark, bookmark);
      const restored = await space.json('d1', 'time-travel', 'restore', 'wr-travel-time', '--timestamp', between);
      assert.equal(restored.bookmark, bookmark);
      assert.deepEqual(await rows(server, id, 'SELECT a FROM t'), [{ a: 1 }]);
    });

    test('what history does not have is an error that names the nearest moment', async () => {
      const id = await createDatabase(server, 'wr-travel-early');
      await rows(server, id, 'CREATE TABLE t(a)');
      const yesterday = new Date(Date.now() - 24 * 3600 * 1000).toISOString();
      const output = await space.fails('d1', 'time-travel', 'info', 'wr-travel-early', '--timestamp', yesterday);
      assert.match(output, /does not have/);
      assert.match(output, /nearest that can be restored/);
    });
  });

  describe('account', () => {
    test('whoami shows the account', async () => {
      const output = await space.ok('whoami');
      assert.match(output, /logged in with an? (User |Account )?API Token/i);
    });

    test('the account is found when CLOUDFLARE_ACCOUNT_ID is not set', async () => {
      const { code, stdout, stderr } = await space.run(['d1', 'list', '--json'], { CLOUDFLARE_ACCOUNT_ID: undefined });
      assert.equal(code, 0, stdout + stderr);
      assert.ok(Array.isArray(JSON.parse(stdout)));
    });

    test('a wrong token is a clear authentication error', async () => {
      const { code, stdout, stderr } = await space.run(['d1', 'list'], { CLOUDFLARE_API_TOKEN: 'not-the-token' });
      assert.equal(code, 1, stdout + stderr);
      assert.match(stdout + stderr, /Authentication error|Invalid API Token/);
      assert.match(stdout + stderr, /\[code: (10000|9109|1000)\]/);
    });
  });

  describe('databases', () => {
    test('create prints the id and the database can be used', async () => {
      const output = await space.ok('d1', 'create', 'wr-create');
      assert.match(output, /Successfully created DB 'wr-create'/);
      const [id] = uuid.exec(output);
      assert.equal((await callOk(server, 'GET', `/database/${id}`)).name, 'wr-create');
    });

    test('create takes a location hint', async () => {
      const output = await space.ok('d1', 'create', 'wr-located', '--location', 'weur');
      assert.match(output, /Successfully created DB 'wr-located'/);
      assert.match(output, uuid);
    });

    test('create with a taken name says so', async () => {
      await createDatabase(server, 'wr-taken');
      const output = await space.fails('d1', 'create', 'wr-taken');
      assert.match(output, /A database with that name already exists/);
    });

    test('list asks for page after page', async () => {
      const names = Array.from({ length: 23 }, (_, index) => `wr-page-${String(index).padStart(2, '0')}`);
      for (const name of names) {
        await createDatabase(server, name);
      }
      const listed = await space.json('d1', 'list');
      assert.deepEqual(listed.map((item) => item.name).filter((name) => name.startsWith('wr-page-')).sort(), names);
      assert.equal(new Set(listed.map((item) => item.uuid)).size, listed.length);
      for (const item of listed) {
        assert.match(item.uuid, uuid);
        assert.equal(item.version, 'production');
        assert.ok(!Number.isNaN(Date.parse(item.created_at)), item.created_at);
      }
      const table = await space.ok('d1', 'list');
      assert.match(table, /wr-page-22/);
    });

    test('info shows size, tables and the metrics of the day', async () => {
      const id = await createDatabase(server, 'wr-info');
      await rows(server, id, 'CREATE TABLE one(a); CREATE TABLE two(b); INSERT INTO one VALUES (1)');
      const info = await space.json('d1', 'info', 'wr-info');
      assert.equal(info.name, 'wr-info');
      assert.equal(info.num_tables, 2);
      assert.equal(info.database_size, 12288);
      for (const member of ['read_queries_24h', 'write_queries_24h', 'rows_read_24h', 'rows_written_24h']) {
        assert.equal(typeof info[member], 'number', member);
      }
      assert.match(await space.ok('d1', 'info', 'wr-info'), /wr-info/);
    });

    test('delete removes the database', async () => {
      const id = await createDatabase(server, 'wr-delete');
      await space.ok('d1', 'delete', 'wr-delete', '-y');
      const listed = await callOk(server, 'GET', '/database?name=wr-delete');
      assert.deepEqual(listed, []);
      assert.match(await space.fails('d1', 'info', 'wr-delete'), /Couldn't find|could not be found/i);
      assert.match(id, uuid);
    });

    for (const args of [
      ['d1', 'info', 'wr-nowhere'],
      ['d1', 'delete', 'wr-nowhere', '-y'],
      ['d1', 'execute', 'wr-nowhere', '--remote', '--command', 'SELECT 1'],
      ['d1', 'export', 'wr-nowhere', '--remote', '--output', 'nowhere.sql'],
    ]) {
      test(`${args.slice(0, 2).join(' ')}: an unknown database is a friendly error`, async () => {
        const output = await space.fails(...args);
        assert.match(output, /Couldn't find (a D1 )?(DB|database)|could not be found/i);
        assert.match(output, /wr-nowhere/);
      });
    }
  });

  describe('execute --command', () => {
    before(() => createDatabase(server, 'wr-exec'));

    test('one statement with --json gives rows and meta', async () => {
      const [result] = await space.json('d1', 'execute', 'wr-exec', '--remote', '--command', "SELECT 1 AS one, 'x' AS two");
      assert.deepEqual(result.results, [{ one: 1, two: 'x' }]);
      assert.equal(result.success, true);
      assert.equal(result.meta.rows_read, 0);
      assert.equal(result.meta.changed_db, false);
      assert.equal(typeof result.meta.duration, 'number');
    });

    test('several statements give one result each', async () => {
      const results = await space.json('d1', 'execute', 'wr-exec', '--remote', '--command',
        "CREATE TABLE items(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO items(name) VALUES ('a;b'), ('c'); SELECT * FROM items;");
      assert.equal(results.length, 3);
      assert.equal(results[1].meta.changes, 2);
      assert.deepEqual(results[2].results, [{ id: 1, name: 'a;b' }, { id: 2, name: 'c' }]);
    });

    test('without --json it prints a table', async () => {
      const output = await space.ok('d1', 'execute', 'wr-exec', '--remote', '--command', "SELECT 'shown' AS column_title");
      assert.match(output, /column_title/);
      assert.match(output, /shown/);
    });

    test('an SQL error exits with 1 and shows code 7500', async () => {
      const output = await space.fails('d1', 'execute', 'wr-exec', '--remote', '--command', 'SELECT * FROM nowhere');
      assert.match(output, /no such table: nowhere: SQLITE_ERROR \[code: 7500\]/);
    });

    test('an SQL error with --json is JSON', async () => {
      const { code, stdout } = await space.run(['d1', 'execute', 'wr-exec', '--remote', '--json', '--command', 'SELEC 1']);
      assert.equal(code, 1);
      const { error } = JSON.parse(stdout);
      assert.equal(error.code, 7500);
      assert.match(JSON.stringify(error.notes), /near \\+"SELEC\\+": syntax error at offset 0: SQLITE_ERROR/);
    });

    test('a failing text leaves nothing behind', async () => {
      await space.fails('d1', 'execute', 'wr-exec', '--remote', '--command', 'CREATE TABLE gone(a); INSERT INTO gone VALUES (1); SELEC');
      const [result] = await space.json('d1', 'execute', 'wr-exec', '--remote', '--command',
        "SELECT count(*) AS n FROM sqlite_master WHERE name = 'gone'");
      assert.deepEqual(result.results, [{ n: 0 }]);
    });

    test('the database can be named by its binding', async () => {
      const { uuid: id } = await callOk(server, 'GET', '/database/wr-exec');
      await space.configure({ database_name: 'wr-exec', database_id: id });
      try {
        const [result] = await space.json('d1', 'execute', 'DB', '--remote', '--command', 'SELECT 7 AS seven');
        assert.deepEqual(result.results, [{ seven: 7 }]);
      } finally {
        await space.write('wrangler.jsonc', '{}');
      }
    });
  });

  describe('execute --file', () => {
    const script = [
      '-- a comment; with a semicolon',
      'CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT);',
      'CREATE TABLE log(body TEXT);',
      '/* a block',
      '   comment; too */',
      'create trigger note_added after insert on note',
      'begin',
      "  insert into log values ('added; ' || new.body);",
      "  update note set body = case when new.body = 'end' then 'END' else new.body end where id = new.id;",
      'end;',
      "INSERT INTO note(body) VALUES ('one; two'), ('it''s \"quoted\"'), ('end');",
      "INSERT INTO note(body) VALUES ('naïve ✓ 𝄞');",
    ];
    const expectedNotes = [
      { id: 1, body: 'one; two' }, { id: 2, body: 'it\'s "quoted"' }, { id: 3, body: 'END' }, { id: 4, body: 'naïve ✓ 𝄞' },
    ];

    for (const [kind, newline] of [['lf', '\n'], ['crlf', '\r\n']]) {
      test(`a script with triggers, comments and ${kind.toUpperCase()} line ends`, async () => {
        const id = await createDatabase(server, `wr-file-${kind}`);
        const file = await space.write(`script-${kind}.sql`, script.join(newline) + newline);
        const output = await space.ok('d1', 'execute', `wr-file-${kind}`, '--remote', '--file', file, '--yes');
        assert.match(output, /Processed 5 queries|5 quer/i);
        assert.deepEqual(await rows(server, id, 'SELECT * FROM note'), expectedNotes);
        assert.deepEqual(await rows(server, id, 'SELECT count(*) AS n FROM log'), [{ n: 4 }]);
      });
    }

    test('--json reports the totals', async () => {
      await createDatabase(server, 'wr-file-json');
      const file = await space.write('totals.sql', 'CREATE TABLE t(a);\nINSERT INTO t VALUES (1),(2),(3);\n');
      // wrangler prints its progress before the JSON.
      const output = await space.ok('d1', 'execute', 'wr-file-json', '--remote', '--file', file, '--yes', '--json');
      const [result] = JSON.parse(output.slice(output.search(/^\[$/m)));
      assert.equal(result.success, true);
      assert.equal(result.results[0]['Total queries executed'], 2);
      assert.ok(result.finalBookmark.length > 0);
      assert.equal(result.meta.rows_written, 5);
    });

    test('the same file a second time runs again', async () => {
      const id = await createDatabase(server, 'wr-file-twice');
      const file = await space.write('twice.sql', 'CREATE TABLE IF NOT EXISTS t(a);\nINSERT INTO t VALUES (1);\n');
      await space.ok('d1', 'execute', 'wr-file-twice', '--remote', '--file', file, '--yes');
      await space.ok('d1', 'execute', 'wr-file-twice', '--remote', '--file', file, '--yes');
      assert.deepEqual(await rows(server, id, 'SELECT count(*) AS n FROM t'), [{ n: 2 }]);
    });

    test('the same file goes into two databases', async () => {
      const file = await space.write('both.sql', 'CREATE TABLE t(a);\nINSERT INTO t VALUES (42);\n');
      for (const name of ['wr-file-a', 'wr-file-b']) {
        const id = await createDatabase(server, name);
        await space.ok('d1', 'execute', name, '--remote', '--file', file, '--yes');
        assert.deepEqual(await rows(server, id, 'SELECT a FROM t'), [{ a: 42 }]);
      }
    });

    test('a failing file leaves the database as it was', async () => {
      const id = await createDatabase(server, 'wr-file-bad');
      await rows(server, id, "CREATE TABLE t(a); INSERT INTO t VALUES ('kept')");
      const file = await space.write('bad.sql', "DELETE FROM t;\nCREATE TABLE other(b);\nINSERT INTO nowhere VALUES (1);\n");
      const output = await space.fails('d1', 'execute', 'wr-file-bad', '--remote', '--file', file, '--yes');
      assert.match(output, /no such table: nowhere/);
      assert.deepEqual(await rows(server, id, 'SELECT * FROM t'), [{ a: 'kept' }]);
      assert.deepEqual(await rows(server, id, "SELECT name FROM sqlite_master WHERE name = 'other'"), []);
    });

    for (const pragma of ['PRAGMA defer_foreign_keys=TRUE;', 'PRAGMA foreign_keys=OFF;']) {
      test(`a child row before its parent with ${pragma}`, async () => {
        const name = `wr-file-fk-${pragma.includes('defer') ? 'deferred' : 'off'}`;
        const id = await createDatabase(server, name);
        const file = await space.write(`${name}.sql`, [
          pragma,
          'CREATE TABLE parent(id INTEGER PRIMARY KEY);',
          'CREATE TABLE child(p INTEGER REFERENCES parent(id));',
          'INSERT INTO child VALUES (1);',
          'INSERT INTO parent VALUES (1);',
          '',
        ].join('\n'));
        await space.ok('d1', 'execute', name, '--remote', '--file', file, '--yes');
        assert.deepEqual(await rows(server, id, 'PRAGMA foreign_key_check'), []);
        assert.deepEqual(await rows(server, id, 'SELECT p FROM child'), [{ p: 1 }]);
      });
    }

    test('a file of several megabytes', async () => {
      const id = await createDatabase(server, 'wr-file-big');
      const lines = ['CREATE TABLE big(id INTEGER PRIMARY KEY, body TEXT);'];
      for (let index = 1; index <= 20_000; index++) {
        lines.push(`INSERT INTO big(body) VALUES ('${String(index).repeat(30)}');`);
      }
      const file = await space.write('big.sql', lines.join('\n'));
      await space.ok('d1', 'execute', 'wr-file-big', '--remote', '--file', file, '--yes');
      assert.deepEqual(await rows(server, id, 'SELECT count(*) AS n, max(id) AS last FROM big'), [{ n: 20_000, last: 20_000 }]);
    });
  });

  describe('export', () => {
    let id;
    const source = 'wr-export';

    before(async () => {
      id = await createDatabase(server, source);
      await callOk(server, 'POST', `/database/${id}/query`, {
        sql: [
          'CREATE TABLE author(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, born REAL, photo BLOB)',
          'CREATE TABLE "odd ""name"(a, "b c" TEXT)',
          'CREATE TABLE book(id INTEGER PRIMARY KEY, author INTEGER REFERENCES author(id), title TEXT, words INTEGER, pages AS (words / 250))',
          'CREATE INDEX book_author ON book(author)',
          'CREATE UNIQUE INDEX book_title ON book(title) WHERE title IS NOT NULL',
          'CREATE VIEW titles AS SELECT title FROM book',
          "CREATE TRIGGER named AFTER INSERT ON author WHEN new.name = '' BEGIN SELECT RAISE(ABORT, 'empty; name'); END",
          "INSERT INTO author(name, born, photo) VALUES ('Ada', 1815.9, x'00ff10'), ('It''s', NULL, NULL), ('line' || char(10) || 'break' || char(13), -0.5, x''), ('back\\nslash', 1e300, NULL)",
          "INSERT INTO \"odd \"\"name\" VALUES (1, 'x;y'), (NULL, '-- no comment')",
          "INSERT INTO book(author, title, words) VALUES (1, 'Notes', 5000), (1, NULL, 1), (2, 'ünï ✓', 9007199254740993)",
        ].join(';\n'),
      });
    });

    async function exported(name, ...flags) {
      const file = path.join(space.folder, name);
      await space.ok('d1', 'export', source, '--remote', '--output', file, ...flags);
      return readFile(file, 'utf8');
    }

    test('schema and data come out and go into a second database', async () => {
      const text = await exported('all.sql');
      assert.match(text, /^PRAGMA defer_foreign_keys=TRUE;\n/);
      assert.match(text, /CREATE TABLE author\(/);
      assert.match(text, /X'00ff10'/);
      const copy = await createDatabase(server, 'wr-export-copy');
      await space.ok('d1', 'execute', 'wr-export-copy', '--remote', '--file', path.join(space.folder, 'all.sql'), '--yes');
      for (const query of [
        'SELECT * FROM author ORDER BY id',
        'SELECT name, hex(name) AS h, typeof(born) AS t FROM author ORDER BY id',
        'SELECT * FROM "odd ""name" ORDER BY rowid',
        'SELECT *, CAST(words AS TEXT) AS exact FROM book ORDER BY id',
        'SELECT * FROM titles',
        'SELECT * FROM sqlite_sequence',
        "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name",
      ]) {
        assert.deepEqual(await rows(server, copy, query), await rows(server, id, query), query);
      }
    });

    test('--no-data has no rows', async () => {
      const text = await exported('schema.sql', '--no-data');
      assert.match(text, /CREATE TABLE book/);
      assert.match(text, /CREATE INDEX book_author/);
      assert.match(text, /CREATE TRIGGER named/);
      assert.doesNotMatch(text, /INSERT INTO "/);
    });

    test('--no-schema has only rows', async () => {
      const text = await exported('data.sql', '--no-schema');
      assert.doesNotMatch(text, /CREATE /);
      assert.match(text, /INSERT INTO "author" \("id","name","born","photo"\) VALUES\(1,'Ada',1815\.9,X'00ff10'\);/);
      assert.match(text, /INSERT INTO "book" \("id","author","title","words"\) VALUES\(1,1,'Notes',5000\);/);
    });

    test('--table takes the named tables', async () => {
      const text = await exported('table.sql', '--table', 'book');
      assert.match(text, /CREATE TABLE book/);
      assert.match(text, /INSERT INTO "book"/);
      assert.doesNotMatch(text, /author\(name|CREATE TABLE author|INSERT INTO "author"/);
    });

    test('the database can be written while nothing polls an export', async () => {
      await exported('again.sql');
      await rows(server, id, "INSERT INTO book(author, title) VALUES (2, 'after the export')");
      assert.match(await exported('later.sql', '--table', 'book'), /after the export/);
    });
  });

  describe('migrations', () => {
    async function project(name) {
      const own = await createWorkspace(server);
      const id = await createDatabase(server, name);
      await own.configure({ database_name: name, database_id: id });
      return { own, id, name };
    }

    test('create, list, apply, list', async () => {
      const { own, id, name } = await project('wr-migrate');
      try {
        await own.ok('d1', 'migrations', 'create', name, 'first table');
        const files = await readdir(path.join(own.folder, 'migrations'));
        assert.deepEqual(files, ['0001_first_table.sql']);
        await own.write('migrations/0001_first_table.sql', 'CREATE TABLE first(a);\nINSERT INTO first VALUES (1);\n');
        await own.write('migrations/0002_second.sql', "-- comment\nALTER TABLE first ADD COLUMN b TEXT DEFAULT 'x;y';\n");
        const listed = await own.ok('d1', 'migrations', 'list', name, '--remote');
        assert.match(listed, /0001_first_table\.sql/);
        assert.match(listed, /0002_second\.sql/);
        await own.ok('d1', 'migrations', 'apply', name, '--remote');
        assert.match(await own.ok('d1', 'migrations', 'list', name, '--remote'), /No migrations to apply/);
        assert.deepEqual(await rows(server, id, 'SELECT * FROM first'), [{ a: 1, b: 'x;y' }]);
        assert.deepEqual(
          await rows(server, id, 'SELECT id, name FROM d1_migrations ORDER BY id'),
          [{ id: 1, name: '0001_first_table.sql' }, { id: 2, name: '0002_second.sql' }]);
        assert.match(await own.ok('d1', 'migrations', 'apply', name, '--remote'), /No migrations to apply/);

        // Each migration names what the database was before it.
        const marks = await callOk(server, 'GET', `/database/${id}/time_travel/bookmarks`);
        assert.deepEqual(marks.map((mark) => [/^before-migration-/.test(mark.name), mark.automatic]), [[true, true], [true, true]]);
        await own.ok('d1', 'time-travel', 'restore', name, '--bookmark', marks[1].bookmark);
        assert.deepEqual(await rows(server, id, 'SELECT * FROM first'), [{ a: 1 }]);
      } finally {
        await own.remove();
      }
    });

    test('a failing migration is rolled back alone', async () => {
      const { own, id, name } = await project('wr-migrate-bad');
      try {
        await own.write('migrations/0001_good.sql', 'CREATE TABLE good(a);\n');
        await own.write('migrations/0002_bad.sql', 'CREATE TABLE half(a);\nINSERT INTO nowhere VALUES (1);\n');
        await own.write('migrations/0003_never.sql', 'CREATE TABLE never(a);\n');
        assert.match(await own.fails('d1', 'migrations', 'apply', name, '--remote'), /no such table: nowhere/);
        const tables = "SELECT name FROM sqlite_master WHERE name IN ('good', 'half', 'never') ORDER BY name";
        assert.deepEqual(await rows(server, id, tables), [{ name: 'good' }]);
        assert.deepEqual(await rows(server, id, 'SELECT name FROM d1_migrations'), [{ name: '0001_good.sql' }]);
        await own.write('migrations/0002_bad.sql', 'CREATE TABLE half(a);\n');
        await own.ok('d1', 'migrations', 'apply', name, '--remote');
        assert.deepEqual(await rows(server, id, tables), [{ name: 'good' }, { name: 'half' }, { name: 'never' }]);
      } finally {
        await own.remove();
      }
    });

    test('triggers with lower-case begin, nested case … end and CRLF', async () => {
      const { own, id, name } = await project('wr-migrate-trigger');
      try {
        await own.write('migrations/0001_trigger.sql', [
          'create table t(a integer, b text);',
          'create trigger tr after insert on t for each row when new.a > 0',
          'begin',
          "  update t set b = case when new.a > 10 then 'big;' else case new.a when 1 then 'one' else 'small' end end where rowid = new.rowid;",
          'end;',
          'insert into t(a) values (1), (5), (50);',
          '',
        ].join('\r\n'));
        await own.ok('d1', 'migrations', 'apply', name, '--remote');
        assert.deepEqual(await rows(server, id, 'SELECT b FROM t ORDER BY a'), [{ b: 'one' }, { b: 'small' }, { b: 'big;' }]);
      } finally {
        await own.remove();
      }
    });

    test('another folder and another table', async () => {
      const own = await createWorkspace(server);
      try {
        const id = await createDatabase(server, 'wr-migrate-other');
        await own.configure({ database_name: 'wr-migrate-other', database_id: id, migrations_dir: 'db', migrations_table: 'applied' });
        await own.write('db/0001_a.sql', 'CREATE TABLE a(x);');
        await own.ok('d1', 'migrations', 'apply', 'wr-migrate-other', '--remote');
        assert.deepEqual(await rows(server, id, 'SELECT name FROM applied'), [{ name: '0001_a.sql' }]);
      } finally {
        await own.remove();
      }
    });
  });
});
