// Where a real `env.DB` runs: plain workerd, Miniflare inside of Node, `wrangler dev`. Each host has `perform(calls)`,
// which answers the outcome of each call (see calls.mjs), and `stop()`.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import workerdPackage from 'workerd';
import { perform } from './calls.mjs';
import { startProgram } from './program.mjs';
import { freePort } from './server.mjs';
import { createWorkspace } from './wrangler.mjs';

const startTimeoutMs = 300_000;
const answerTimeoutMs = 300_000;
const client = (name) => fileURLToPath(new URL(`../../../clients/worker/${name}`, import.meta.url));
const modules = {
  'worker.mjs': fileURLToPath(new URL('./worker.mjs', import.meta.url)),
  'calls.mjs': fileURLToPath(new URL('./calls.mjs', import.meta.url)),
  'shoal-d1.mjs': client('shoal-d1.mjs'),
};

async function copyModules(folder) {
  await Promise.all(Object.entries(modules).map(([name, source]) => copyFile(source, path.join(folder, name))));
}

async function post(origin, where, calls, options) {
  const response = await fetch(`${origin}${where}`, {
    method: 'POST', body: JSON.stringify({ calls, options }), signal: AbortSignal.timeout(answerTimeoutMs),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the Worker answered ${response.status}: ${text.slice(0, 2000)}`);
  }
}

/** Runs a program that listens; answers when its port answers. */
const listen = (command, args, options, origin) =>
  startProgram(command, args, options, () => post(origin, '/', []), startTimeoutMs);

const text = (value) => JSON.stringify(value);

/** The configuration of docs/guides/workers.md: `env.DB` is one database, `env.SHOAL` reaches all of the token's account. */
function workerdConfig(server, database, port) {
  const address = new URL(server.origin).host;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "main", worker = .app ),
    ( name = "database", external = ( address = ${text(address)}, http = ( injectRequestHeaders = [
        ( name = "X-D1-Database-Id", value = ${text(database)} ),
        ( name = "Authorization", value = ${text(`Bearer ${server.token}`)} ) ] ) ) ),
    ( name = "shoal", external = ( address = ${text(address)}, http = ( injectRequestHeaders = [
        ( name = "Authorization", value = ${text(`Bearer ${server.token}`)} ) ] ) ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "main" ) ],
);
const app :Workerd.Worker = (
  modules = [
    ${Object.keys(modules).map((name) => `( name = "${name}", esModule = embed "${name}" )`).join(',\n    ')}
  ],
  compatibilityDate = "2026-04-01",
  bindings = [
    ( name = "DB", wrapped = ( moduleName = "cloudflare-internal:d1-api",
        innerBindings = [ ( name = "fetcher", service = "database" ) ] ) ),
    ( name = "SHOAL", service = "shoal" ),
  ],
);
`;
}

/** Plain workerd with `env.DB` on a database of the server. */
export async function startWorkerd(server, database) {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-workerd-'));
  await copyModules(folder);
  const port = await freePort();
  await writeFile(path.join(folder, 'config.capnp'), workerdConfig(server, database, port));
  const origin = `http://127.0.0.1:${port}`;
  const program = await listen(workerdPackage.default, ['serve', 'config.capnp'], { cwd: folder }, origin);
  return {
    perform: (calls) => post(origin, '/', calls),
    /** On a database of the account, through `shoal-d1.mjs`. */
    performOn: (tenant, calls, options) => post(origin, `/tenant/${encodeURIComponent(tenant)}`, calls, options),
    async stop() {
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A genuine D1Database inside of Node. Without a server it is Miniflare's own. */
export async function startMiniflare(server, database) {
  const remote = server === undefined ? {}
    : { remoteProxyConnectionString: new URL(`${server.origin}/mf/${encodeURIComponent(server.token)}@${encodeURIComponent(database)}`) };
  const miniflare = new Miniflare(convertV4MiniflareOptions({
    modules: true,
    script: 'export default { fetch: () => new Response() }',
    compatibilityDate: '2026-04-01',
    d1Databases: { DB: { id: database, ...remote } },
  }));
  const db = await miniflare.getD1Database('DB');
  return { db, perform: async (calls) => JSON.parse(JSON.stringify(await perform(db, calls))), stop: () => miniflare.dispose() };
}

/** The same Worker as in workerd on Miniflare's own database: what the others are compared with. */
export async function startLocalWorker() {
  const miniflare = new Miniflare(convertV4MiniflareOptions({
    modulesRoot: '/',
    modules: await Promise.all(Object.entries(modules).map(async ([name, source]) =>
      ({ type: 'ESModule', path: `/${name}`, contents: await readFile(source, 'utf8') }))),
    compatibilityDate: '2026-04-01',
    d1Databases: { DB: 'local' },
  }));
  await miniflare.ready;
  return {
    async perform(calls) {
      const response = await miniflare.dispatchFetch('http://worker/', { method: 'POST', body: JSON.stringify({ calls }) });
      return response.json();
    },
    stop: () => miniflare.dispose(),
  };
}

/** `wrangler dev` with the plugin of `clients/worker`. */
export async function startWranglerDev(server, database) {
  const workspace = await createWorkspace(server);
  await copyModules(workspace.folder);
  await copyFile(client('shoal-wrangler-plugin.mjs'), path.join(workspace.folder, 'shoal-wrangler-plugin.mjs'));
  await workspace.write('wrangler.jsonc', JSON.stringify({
    name: 'compat',
    main: 'worker.mjs',
    compatibility_date: '2026-04-01',
    send_metrics: false,
    unsafe: {
      bindings: [{
        name: 'DB',
        type: 'shoal-d1',
        dev: {
          plugin: { package: path.join(workspace.folder, 'shoal-wrangler-plugin.mjs'), name: 'shoal-d1' },
          options: { address: new URL(server.origin).host, database, token: server.token },
        },
      }],
    },
  }, null, 2));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const program = await listen(
    process.execPath, [workspace.script, 'dev', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', String(await freePort())],
    { cwd: workspace.folder, env: workspace.environment }, origin);
  return {
    perform: (calls) => post(origin, '/', calls),
    async stop() {
      await program.stop();
      await workspace.remove();
    },
  };
}
