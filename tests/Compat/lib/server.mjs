// Starts, watches and stops the Shoal server under test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before } from 'node:test';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** The command that starts the server, split at spaces; `SHOAL_COMMAND` replaces the repository's launcher. */
const command = (process.env.SHOAL_COMMAND ?? path.join(repository, 'shoal')).split(' ').filter(Boolean);

/** The first start may build the server and its native library. */
const startTimeoutMs = 15 * 60 * 1000;

const stopTimeoutMs = 30 * 1000;

/** Any account id is accepted with the development token; wrangler wants 32 characters of [A-Za-z0-9_-]. */
export const account = 'acc0123456789abcdef0123456789abc';

export const token = 'compat-test-token-0123456789';

/** A port that nobody listens on now. */
export async function freePort() {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

async function waitUntilHealthy(server, child) {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the server ended before it was ready (exit code ${child.exitCode})\n${server.output()}`);
    }
    try {
      const response = await fetch(`${server.origin}/health`);
      await response.arrayBuffer();
      if (response.status === 200) {
        return;
      }
    } catch {
      // Not listening yet.
    }
    if (Date.now() > deadline) {
      throw new Error(`no 200 from ${server.origin}/health in ${startTimeoutMs} ms\n${server.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts a server on a free port and an empty temporary data folder. `stop()` ends it by SIGTERM. */
export async function startServer({ args = [] } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-compat-'));
  const origin = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    command[0],
    [...command.slice(1), 'serve', '--data', path.join(folder, 'data'), '--urls', origin, '--token', token, ...args],
    { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const exited = once(child, 'exit');
  // A launcher that cannot be started at all reports here; the wait below sees it as an ended child.
  exited.catch(() => {});
  const server = {
    origin,
    /** What clients take as the API's base address. */
    base: `${origin}/client/v4`,
    account,
    token,
    pid: child.pid,
    output: () => Buffer.concat(chunks).toString('utf8'),
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      const [code, signal] = await exited;
      clearTimeout(timer);
      await rm(folder, { recursive: true, force: true });
      // 143 is the exit code of a program that ended itself in answer to SIGTERM; a killed one has a signal instead.
      if (code !== 0 && code !== 143) {
        throw new Error(`the server did not stop cleanly on SIGTERM: exit code ${code}, signal ${signal}`);
      }
    },
  };
  try {
    await Promise.race([waitUntilHealthy(server, child), exited.then(() => new Promise(() => {}))]);
  } catch (error) {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return server;
}

/**
 * One server for all tests of a file (or of a `describe`): started before, stopped after, its output printed when a
 * test failed. The returned object gets the server's members once it runs.
 */
export function useServer(options) {
  const server = {};
  let failed = false;
  before(async () => {
    Object.assign(server, await startServer(options));
  });
  afterEach((context) => {
    failed ||= context.passed === false;
  });
  after(async () => {
    if (failed && server.output) {
      console.error(`--- output of the server at ${server.origin} ---\n${server.output()}\n--- end of output ---`);
    }
    await server.stop?.();
  });
  return server;
}
