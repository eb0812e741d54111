// Starts, watches and stops the Shoal server under test.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProgram } from './program.mjs';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** The command that starts the server, split at spaces; `SHOAL_COMMAND` replaces the repository's launcher. */
const command = (process.env.SHOAL_COMMAND ?? path.join(repository, 'shoal')).split(' ').filter(Boolean);

/** The first start may build the server and its native library. */
const startTimeoutMs = 15 * 60 * 1000;

/** Any account id is accepted with the development token; wrangler wants 32 characters of [A-Za-z0-9_-]. */
export const account = 'acc0123456789abcdef0123456789abc';

export const token = 'compat-test-token-0123456789';

/** Below the ports that Linux gives to who asks for any and to connections: nobody gets one of these by chance. */
const firstPort = 20_000;
const portCount = 12_000;
let lastPort = Math.floor(Math.random() * portCount);

/** A port that nobody listens on now, and that was not given away lately. */
export async function freePort() {
  for (let attempt = 0; attempt < portCount; attempt++) {
    lastPort = (lastPort + 1) % portCount;
    const listener = createServer();
    listener.listen(firstPort + lastPort, '127.0.0.1');
    try {
      await once(listener, 'listening');
    } catch {
      continue;
    }
    listener.close();
    await once(listener, 'close');
    return firstPort + lastPort;
  }
  throw new Error('no port is free');
}

async function checkHealth(origin) {
  const response = await fetch(`${origin}/health`);
  await response.arrayBuffer();
  if (response.status !== 200) {
    throw new Error(`status ${response.status}`);
  }
}

/** Starts a server on a free port and an empty temporary data folder. `stop()` ends it by SIGTERM. */
export async function startServer({ args = [] } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-compat-'));
  const origin = `http://127.0.0.1:${await freePort()}`;
  try {
    const program = await startProgram(
      command[0],
      [...command.slice(1), 'serve', '--data', path.join(folder, 'data'), '--urls', origin, '--token', token, ...args],
      { cwd: repository }, () => checkHealth(origin), startTimeoutMs);
    return {
      ...program,
      origin,
      /** What clients take as the API's base address. */
      base: `${origin}/client/v4`,
      account,
      token,
      async stop() {
        const { code, signal } = await program.stop();
        await rm(folder, { recursive: true, force: true });
        // 143 is the exit code of a program that ended itself in answer to SIGTERM; a killed one has a signal instead.
        if (code !== 0 && code !== 143) {
          throw new Error(`the server did not stop cleanly on SIGTERM: exit code ${code}, signal ${signal}`);
        }
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
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
