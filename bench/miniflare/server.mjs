// Serves D1 databases of Miniflare, Cloudflare's local simulator, over HTTP; the peer of bench/run.
// usage: node server.mjs PORT FOLDER DATABASES
//   POST /N/query   {"sql", "params"} on database N, the answer in the shape of D1's REST API
//   POST /N/import?rows=R   R rows into the table items by batch() of 100 statements
// Miniflare itself is the one that tests/Compat pins.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../../tests/Compat/package.json', import.meta.url));
const { convertV4MiniflareOptions, Miniflare } = await import(pathToFileURL(require.resolve('miniflare')));

const [port, folder, databases] = process.argv.slice(2);
if (databases === undefined) {
  console.error('usage: node server.mjs PORT FOLDER DATABASES');
  process.exit(2);
}

const worker = `export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const [, database, action] = url.pathname.split('/');
    const db = env['DB' + database];
    if (action === 'import') {
      const rows = Number(url.searchParams.get('rows'));
      const insert = db.prepare('INSERT INTO items (id, name, score) VALUES (?, ?, ?)');
      for (let start = 0; start < rows; start += 100) {
        const batch = [];
        for (let index = start; index < Math.min(start + 100, rows); index++) {
          batch.push(insert.bind(index + 1, 'item number ' + index % 99991, index * 0.5 + 0.25));
        }
        await db.batch(batch);
      }
      return Response.json({ success: true, rows });
    }

    const { sql, params } = await request.json();
    const result = await db.prepare(sql).bind(...params ?? []).all();
    return Response.json({ result: [result], errors: [], messages: [], success: true });
  },
}`;

const miniflare = new Miniflare(convertV4MiniflareOptions({
  host: '127.0.0.1',
  port: Number(port),
  modules: true,
  script: worker,
  compatibilityDate: '2026-04-01',
  d1Databases: Object.fromEntries(Array.from({ length: Number(databases) }, (_, index) => ['DB' + index, 'bench-' + index])),
  d1Persist: folder,
}));
const stop = async () => {
  await miniflare.dispose();
  process.exit(0);
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
await miniflare.ready;
console.log('ready');
