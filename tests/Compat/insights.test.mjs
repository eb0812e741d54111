// Recommendations on a real workload: an unmodified Drizzle writes the languages of ISO 639-3 row by row and looks them up by name,
// as applications do; what is suggested is followed, and must then bring what was promised. Prints what it brought.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { callOk, createDatabase, rows } from './lib/api.mjs';
import { startMiniflare } from './lib/hosts.mjs';
import { useServer } from './lib/server.mjs';

const source = '/usr/share/iso-codes/json/iso_639-3.json';
const written = 600;
const lookups = 100;
const parametersMax = 100;

const languages = sqliteTable('languages', {
  code: text('code').primaryKey(), name: text('name').notNull(), scope: text('scope').notNull(), type: text('type').notNull(),
});

describe('insights on a real workload', { skip: existsSync(source) ? false : 'apt-get install iso-codes brings the data' }, () => {
  const server = useServer();
  let data;
  const hosts = [];
  before(async () => {
    data = JSON.parse(await readFile(source, 'utf8'))['639-3'].slice(0, written)
      .map((language) => ({ code: language.alpha_3, name: language.name, scope: language.scope, type: language.type }));
  });
  after(() => Promise.all(hosts.map((host) => host.stop())));

  async function open(name, indexes) {
    const id = await createDatabase(server, name);
    await rows(server, id, `CREATE TABLE languages(code TEXT PRIMARY KEY, name TEXT NOT NULL, scope TEXT NOT NULL, type TEXT NOT NULL); ${indexes}`);
    const host = await startMiniflare(server, id);
    hosts.push(host);
    return { id, db: drizzle(host.db) };
  }

  const recommendations = async (id) =>
    (await callOk(server, 'GET', `/database/${id}/insights?filter=recommendations`)).recommendations.insights;

  async function look(db) {
    for (let n = 0; n < lookups; n++) {
      const { code, name } = data[(n * 7) % data.length];
      assert.ok((await db.select().from(languages).where(eq(languages.name, name))).some((language) => language.code === code));
    }
  }

  async function rowsRead(id) {
    const [result] = await callOk(server, 'POST', `/database/${id}/query`,
      { sql: 'select "code" from "languages" where "languages"."name" = ?', params: [data[7].name] });
    return result.meta.rows_read;
  }

  async function timed(work) {
    const start = performance.now();
    await work();
    return Math.round(performance.now() - start);
  }

  test('what is suggested is true, and following it leaves nothing to suggest', async () => {
    const first = await open('row-by-row', '');
    const single = await timed(async () => {
      for (const language of data) {
        await first.db.insert(languages).values(language);
      }
    });
    const scanned = await timed(() => look(first.db));

    const found = await recommendations(first.id);
    const suggestions = found.flatMap((insight) => insight.suggestions.map((suggestion) => ({ ...suggestion, insight })));
    assert.deepEqual(suggestions.map((suggestion) => suggestion.kind).sort(), ['batching', 'index_creation'], JSON.stringify(found));
    const batching = suggestions.find((suggestion) => suggestion.kind === 'batching');
    const index = suggestions.find((suggestion) => suggestion.kind === 'index_creation');
    assert.match(batching.insight.impacted_queries[0].query, /^insert into "languages"/);
    assert.match(batching.insight.reasoning, /D1 bills rows, not requests/);
    assert.equal(index.sql, 'CREATE INDEX idx_languages_name ON languages(name)');

    // The same work as the suggestions have it: as many rows in a statement as its parameters allow, and the index from the start.
    const second = await open('batched', index.sql);
    const perStatement = Math.floor(parametersMax / 4);
    const batched = await timed(async () => {
      for (let start = 0; start < data.length; start += perStatement) {
        await second.db.insert(languages).values(data.slice(start, start + perStatement));
      }
    });
    const searched = await timed(() => look(second.db));

    const [before, now] = [await rowsRead(first.id), await rowsRead(second.id)];
    assert.ok(before >= written, `${before} rows read without the index`);
    const promised = before + index.cost_impact.rows_read / lookups;
    assert.ok(now <= 2 * promised, `${now} rows read with the index, ${promised} were promised`);
    assert.equal((await rows(server, second.id, 'SELECT count(*) AS n FROM languages'))[0].n, data.length);
    assert.deepEqual(await recommendations(second.id), []);
    console.log(`insights: ${written} rows in ${written} requests ${single} ms, in ${Math.ceil(written / perStatement)} ${batched} ms; `
      + `${lookups} lookups by name ${scanned} ms and ${before} rows read each, with the index ${searched} ms and ${now}`);
    console.log(`insights: ${batching.insight.reasoning.replaceAll('\n', ' ')}`);
  });
});
