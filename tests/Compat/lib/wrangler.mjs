// Runs the real wrangler in a private folder and home, pointed at the server under test.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const wranglerScript = fileURLToPath(new URL('../node_modules/wrangler/bin/wrangler.js', import.meta.url));

const commandTimeoutMs = 5 * 60 * 1000;

/** A folder to run wrangler in; `remove()` deletes it. */
export async function createWorkspace(server) {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-wrangler-'));
  const home = path.join(folder, 'home');
  const project = path.join(folder, 'project');
  await mkdir(home);
  await mkdir(project);

  // Nothing of the caller's environment reaches wrangler but the path of programs.
  const baseEnvironment = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    WRANGLER_LOG_PATH: path.join(home, 'logs'),
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    DO_NOT_TRACK: '1',
    NO_COLOR: '1',
    CI: '1',
    CLOUDFLARE_API_BASE_URL: server.base,
    CLOUDFLARE_ACCOUNT_ID: server.account,
    CLOUDFLARE_API_TOKEN: server.token,
  };

  /** Runs wrangler; answers `{code, stdout, stderr}`. A variable set to undefined in `environment` is taken out. */
  function run(args, environment = {}) {
    const env = Object.fromEntries(Object.entries({ ...baseEnvironment, ...environment })
      .filter(([, value]) => value !== undefined));
    return new Promise((resolve, reject) => {
      const child = execFile(
        process.execPath, [wranglerScript, ...args],
        { cwd: project, env, timeout: commandTimeoutMs, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          if (error && typeof error.code !== 'number') {
            reject(new Error(`wrangler ${args.join(' ')}: ${error.message}\n${stdout}\n${stderr}`));
          } else {
            resolve({ code: error ? error.code : 0, stdout, stderr });
          }
        });
      child.stdin.end();
    });
  }

  return {
    folder: project,
    script: wranglerScript,
    environment: baseEnvironment,
    run,
    /** Runs wrangler, fails unless it exits with 0, answers its standard output. */
    async ok(...args) {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 0, `wrangler ${args.join(' ')}\n${stdout}\n${stderr}`);
      return stdout;
    },
    /** Like `ok`, with the output parsed as JSON. */
    async json(...args) {
      const stdout = await this.ok(...args, '--json');
      try {
        return JSON.parse(stdout);
      } catch {
        return assert.fail(`wrangler ${args.join(' ')} --json: not JSON: ${stdout}`);
      }
    },
    /** Runs wrangler, fails unless it exits with 1, answers all of its output. */
    async fails(...args) {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 1, `wrangler ${args.join(' ')} should fail\n${stdout}\n${stderr}`);
      return `${stdout}\n${stderr}`;
    },
    async write(name, content) {
      const file = path.join(project, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
    /** Writes a `wrangler.jsonc` with one D1 binding. */
    async configure({ database_name, database_id, ...rest }) {
      await this.write('wrangler.jsonc', JSON.stringify({
        name: 'compat',
        compatibility_date: '2026-04-01',
        send_metrics: false,
        d1_databases: [{ binding: 'DB', database_name, database_id, ...rest }],
      }, null, 2));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
