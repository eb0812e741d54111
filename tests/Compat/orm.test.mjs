// Object mappers that speak to a D1Database, unmodified, on a Shoal server; and drizzle-kit over D1's HTTP API.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PrismaD1 } from '@prisma/adapter-d1';
import { count, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { migrate } from 'drizzle-orm/d1/migrator';
import { Kysely, Migrator, sql as kyselySql } from 'kysely';
import { D1Dialect } from 'kysely-d1';
import { createDatabase, rows } from './lib/api.mjs';
import { startCloudflareHost } from './lib/cloudflare-host.mjs';
import { startMiniflare } from './lib/hosts.mjs';
import { useServer } from './lib/server.mjs';
import { posts, users } from './orm/schema.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const generated = path.join(here, '.generated');
const unique = /UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT \(extended: SQLITE_CONSTRAINT_UNIQUE\)/;

/** Runs a program by this Node; answers what it printed. */
function run(args, environment) {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, {
      cwd: here, timeout: 120_000,
      env: { PATH: process.env.PATH, HOME: generated, CI: '1', NO_COLOR: '1', NODE_NO_WARNINGS: '1', CHECKPOINT_DISABLE: '1', ...environment },
    }, (error, stdout, stderr) => (error ? reject(new Error(`${args.join(' ')}\n${stdout}\n${stderr}`)) : resolve(stdout + stderr)));
  });
}

/** Runs a tool of a package in this folder. */
const tool = (script, args, environment = {}) => run([path.join(here, 'node_modules', script), ...args], environment);

/** The messages of an error and of its causes: mappers wrap them. */
const messages = (error) => (error === undefined ? '' : `${error.message}\n${messages(error.cause)}`);

const refused = async (action, expected) => assert.rejects(action, (error) => {
  assert.match(messages(error), expected);
  return true;
});

describe('object mappers', () => {
  const server = useServer();
  let host;
  let id;

  /** A fresh database for each mapper. */
  const useDatabase = (name) => {
    before(async () => {
      id = await createDatabase(server, name);
      host = await startMiniflare(server, id);
    });
    after(() => host?.stop());
  };

  before(async () => {
    await rm(generated, { recursive: true, force: true });
    await mkdir(generated);
  });
  after(() => rm(generated, { recursive: true, force: true }));

  describe('Drizzle', () => {
    useDatabase('drizzle');
    let db;
    let migrations;

    before(async () => {
      migrations = await mkdtemp(path.join(generated, 'drizzle-'));
      await tool('drizzle-kit/bin.cjs', ['generate', '--dialect=sqlite', '--schema=./orm/schema.ts', `--out=${path.relative(here, migrations)}`]);
      db = drizzle(host.db, { schema: { users, posts } });
    });

    test('migrations of drizzle-kit are applied once', async () => {
      await migrate(db, { migrationsFolder: migrations });
      await migrate(db, { migrationsFolder: migrations });
      assert.equal((await rows(server, id, 'SELECT count(*) AS n FROM __drizzle_migrations'))[0].n, 1);
    });

    test('create, read, update, delete', async () => {
      const since = new Date(1_700_000_000_000);
      const row = { email: 'a@x', score: 1.5, active: false, since, settings: { deep: [1, null, 'é'] }, big: 2n ** 62n, data: Buffer.from([0, 255]) };
      const [made] = await db.insert(users).values(row).returning();
      assert.deepEqual({ ...made, data: Buffer.from(made.data) }, { id: 1, ...row });
      assert.equal((await db.update(users).set({ score: sql`${users.score} * 2` }).where(eq(users.id, 1)).returning())[0].score, 3);
      await db.insert(posts).values([{ title: 'one', author: 1 }, { title: 'two', author: 1 }]);
      assert.deepEqual(await db.select({ title: posts.title, email: users.email }).from(posts)
        .innerJoin(users, eq(posts.author, users.id)).orderBy(posts.id), [{ title: 'one', email: 'a@x' }, { title: 'two', email: 'a@x' }]);
      assert.equal((await db.query.users.findFirst({ where: eq(users.email, 'a@x') })).id, 1);
      assert.equal((await db.delete(posts).where(eq(posts.id, 2))).meta.changes, 1);
      assert.deepEqual(await db.select({ n: count() }).from(posts), [{ n: 1 }]);
    });

    test('a batch is atomic, and errors arrive', async () => {
      const [inserted, all] = await db.batch([
        db.insert(users).values({ email: 'b@x' }).returning({ id: users.id }),
        db.select({ n: count() }).from(users),
      ]);
      assert.deepEqual([inserted, all], [[{ id: 2 }], [{ n: 2 }]]);
      await refused(db.batch([db.insert(users).values({ email: 'c@x' }), db.insert(users).values({ email: 'a@x' })]), unique);
      await refused(db.insert(posts).values({ title: 'x', author: 99 }), /FOREIGN KEY constraint failed/);
      assert.deepEqual(await db.select({ n: count() }).from(users), [{ n: 2 }]);
    });

    test('drizzle-kit migrates over the HTTP API', async () => {
      const kitId = await createDatabase(server, 'drizzle-kit');
      const cloudflare = await startCloudflareHost(server);
      try {
        const config = path.join(migrations, 'config.json');
        await writeFile(config, JSON.stringify({
          dialect: 'sqlite', driver: 'd1-http', schema: './orm/schema.ts', out: path.relative(here, migrations),
          dbCredentials: { accountId: server.account, databaseId: kitId, token: server.token },
        }));
        for (let turn = 0; turn < 2; turn++) {
          await tool('drizzle-kit/bin.cjs', ['migrate', `--config=${path.relative(here, config)}`], cloudflare.environment);
        }
        const tables = await rows(server, kitId, "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('users', 'posts') ORDER BY name");
        assert.deepEqual(tables.map(({ name }) => name), ['posts', 'users']);
      } finally {
        cloudflare.stop();
      }
    });
  });

  describe('Kysely', () => {
    useDatabase('kysely');
    let db;
    before(() => {
      db = new Kysely({ dialect: new D1Dialect({ database: host.db }) });
    });

    test('migrations go up and down', async () => {
      const migrator = new Migrator({
        db,
        provider: {
          getMigrations: async () => ({
            '1': {
              up: (schema) => schema.schema.createTable('users').addColumn('id', 'integer', (column) => column.primaryKey())
                .addColumn('email', 'text', (column) => column.notNull().unique()).addColumn('score', 'real')
                .addColumn('data', 'blob').addColumn('n', 'integer').execute(),
              down: (schema) => schema.schema.dropTable('users').execute(),
            },
          }),
        },
      });
      for (const step of ['migrateToLatest', 'migrateDown', 'migrateToLatest']) {
        const { error, results } = await migrator[step]();
        assert.equal(error, undefined, messages(error));
        assert.deepEqual(results.map(({ status }) => status), ['Success']);
      }
      assert.deepEqual((await db.introspection.getTables()).map(({ name }) => name), ['users']);
    });

    test('create, read, update, delete', async () => {
      const inserted = await db.insertInto('users').values({ email: 'a@x', score: 1.5, data: new Uint8Array([0, 255]), n: 2 ** 53 })
        .returningAll().executeTakeFirstOrThrow();
      assert.deepEqual(inserted, { id: 1, email: 'a@x', score: 1.5, data: [0, 255], n: 9007199254740992 });
      const { insertId } = await db.insertInto('users').values({ email: 'b@x' }).executeTakeFirstOrThrow();
      assert.equal(insertId, 2n);
      const { numUpdatedRows } = await db.updateTable('users').set({ score: 3 }).where('score', '>', 1).executeTakeFirstOrThrow();
      assert.equal(numUpdatedRows, 1n);
      assert.deepEqual(await db.selectFrom('users').select(['email', 'score']).orderBy('id').execute(),
        [{ email: 'a@x', score: 3 }, { email: 'b@x', score: null }]);
      assert.equal((await db.deleteFrom('users').where('email', '=', 'b@x').executeTakeFirstOrThrow()).numDeletedRows, 1n);
      assert.deepEqual((await kyselySql`SELECT count(*) AS n FROM users`.execute(db)).rows, [{ n: 1 }]);
    });

    test('errors arrive', async () => {
      await refused(db.insertInto('users').values({ email: 'a@x' }).execute(), unique);
      await refused(db.selectFrom('nowhere').selectAll().execute(), /no such table: nowhere: SQLITE_ERROR/);
    });
  });

  describe('Prisma', () => {
    useDatabase('prisma');
    let prisma;
    before(async () => {
      // The client is generated without the engine for migrations, which Prisma downloads from its own host.
      await tool('prisma/build/index.js', ['generate', '--schema=orm/schema.prisma'], { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath });
      const { PrismaClient } = await import('./.generated/prisma/client.ts');
      await host.db.exec([
        'CREATE TABLE "User"("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL, "name" TEXT, "score" REAL, '
          + '"active" BOOLEAN NOT NULL DEFAULT true, "since" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "big" BIGINT, "data" BLOB)',
        'CREATE UNIQUE INDEX "User_email_key" ON "User"("email")',
        'CREATE TABLE "Post"("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "title" TEXT NOT NULL, "authorId" INTEGER NOT NULL REFERENCES "User"("id"))',
      ].join('\n'));
      prisma = new PrismaClient({ adapter: new PrismaD1(host.db) });
    });
    after(() => prisma?.$disconnect());

    test('create, read, update, delete', async () => {
      const since = new Date('2026-01-02T03:04:05.678Z');
      const user = await prisma.user.create({
        data: { email: 'a@x', score: 1.5, active: false, since, big: 2n ** 40n, data: new Uint8Array([0, 255]), posts: { create: [{ title: 'one' }, { title: 'two' }] } },
        include: { posts: true },
      });
      assert.deepEqual({ ...user, data: [...user.data], posts: user.posts.map(({ title }) => title) },
        { id: 1, email: 'a@x', name: null, score: 1.5, active: false, since, big: 2n ** 40n, data: [0, 255], posts: ['one', 'two'] });
      assert.deepEqual(await prisma.user.update({ where: { email: 'a@x' }, data: { score: { increment: 1 }, name: "O'Hara" }, select: { score: true, name: true } }),
        { score: 2.5, name: "O'Hara" });
      assert.equal((await prisma.user.createMany({ data: Array.from({ length: 40 }, (_, index) => ({ email: `${index}@y` })) })).count, 40);
      assert.deepEqual(await prisma.user.findMany({ where: { email: { in: ['3@y', '5@y'] } }, select: { email: true }, orderBy: { id: 'desc' } }),
        [{ email: '5@y' }, { email: '3@y' }]);
      assert.deepEqual(await prisma.user.aggregate({ _count: true, _max: { score: true } }), { _count: 41, _max: { score: 2.5 } });
      assert.equal((await prisma.post.deleteMany({ where: { author: { email: 'a@x' } } })).count, 2);
    });

    test('large integers, errors and batches', async () => {
      const upsert = (email, big) => prisma.user.upsert({ where: { email }, create: { email, big }, update: {} });
      assert.equal((await upsert('b@x', 2n ** 53n - 1n)).big, 2n ** 53n - 1n);

      // A D1 binding reads integers as doubles; Prisma's adapter refuses those that may not be exact.
      await refused(upsert('d@x', 2n ** 53n), /Invalid Int64-encoded value/);
      await prisma.$executeRaw`DELETE FROM "User" WHERE email = 'd@x'`;
      await assert.rejects(prisma.user.create({ data: { email: 'b@x' } }), { code: 'P2002' });
      await assert.rejects(prisma.post.create({ data: { title: 'x', authorId: 999 } }), { code: 'P2003' });
      await assert.rejects(prisma.user.update({ where: { id: 999 }, data: { name: 'x' } }), { code: 'P2025' });
      const [made, n] = await prisma.$transaction([prisma.user.create({ data: { email: 'c@x' } }), prisma.user.count()]);
      assert.deepEqual([made.email, n], ['c@x', 43]);
      assert.deepEqual(await prisma.$queryRaw`SELECT 1 AS one, ${'é'} AS text`, [{ one: 1, text: 'é' }]);
    });

    test('the HTTP API, for programs outside of Workers', async () => {
      const cloudflare = await startCloudflareHost(server);
      try {
        const printed = await run([path.join(here, 'orm/prisma-http.mjs'), path.join(generated, 'prisma/client.ts')], {
          ...cloudflare.environment, CLOUDFLARE_D1_TOKEN: server.token, CLOUDFLARE_ACCOUNT_ID: server.account, CLOUDFLARE_DATABASE_ID: id,
        });
        // D1 answers SQL errors with status 400, and this adapter does not read what such an answer says.
        assert.deepEqual(JSON.parse(printed.trim().split('\n').find((line) => line.startsWith('{'))), {
          titles: ['one', 'two'], big: String(2n ** 40n), active: false, score: 2.5, name: "O'Hara é",
          duplicate: 'P2039', missing: 'P2025', orphan: 'P2039', batch: [2, 2, 0], raw: [{ one: 1, text: 'é' }],
        });
        assert.equal((await rows(server, id, "SELECT count(*) AS n FROM User WHERE email = 'http@x'"))[0].n, 1);
      } finally {
        cloudflare.stop();
      }
    });
  });
});
