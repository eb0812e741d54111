// Starts a program that listens, keeps what it prints, and ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const stopTimeoutMs = 120 * 1000;

/**
 * Starts a program and waits until `ready()` answers without an error, which is asked every 50 ms.
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} options of `spawn`
 * @param {() => Promise<unknown>} ready
 * @param {number} startTimeoutMs
 * @throws {Error} with the program's output, when it ends before it is ready or takes too long
 */
export async function startProgram(command, args, options, ready, startTimeoutMs) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  let startError;
  // Without a program of this name there is no exit, only an error.
  const exited = once(child, 'exit').catch((error) => {
    startError = error;
    return [null, null];
  });
  const program = {
    pid: child.pid,
    output: () => Buffer.concat(chunks).toString('utf8'),
    /** Ends it by SIGTERM, and by SIGKILL when that takes too long. Answers its exit code and its signal. */
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      const [code, signal] = await exited;
      clearTimeout(timer);
      return { code, signal };
    },
  };
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const ended = startError !== undefined || child.exitCode !== null || child.signalCode !== null;
    if (ended || Date.now() > deadline) {
      await program.stop();
      const why = ended ? startError?.message ?? `it ended with exit code ${child.exitCode}` : `not ready after ${startTimeoutMs} ms`;
      throw new Error(`${command} did not start: ${why}\n${program.output()}`);
    }
    try {
      await ready();
      return program;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
