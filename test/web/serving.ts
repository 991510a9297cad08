import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The page as it is shipped, where `serve` looks for it; in a process of its own, since a test's NODE_ENV makes another one. */
export async function buildPage(): Promise<void> {
  const { NODE_ENV: _, ...env } = process.env;
  await execa(`${ROOT}node_modules/.bin/vite`, ['build'], { cwd: ROOT, env, extendEnv: false });
}

/** Where the web process, which has no rights, comes to its own. */
export async function stateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-state-'));
  await chmod(folder, 0o711);
  return folder;
}

export interface ServeProcess extends AsyncDisposable {
  readonly url: string;
  readonly link: string;
  /** Ends it as a person would, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** `trunkline serve DIR --json`, as a process of its own. */
export async function startServe(folder: string): Promise<ServeProcess> {
  const state = await stateFolder();
  const child = spawn(process.execPath, [`${ROOT}server/cli/main.ts`, 'serve', folder, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_STATE_HOME: state },
  });
  let errors = '';
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  const stop = async (): Promise<number | null> => {
    if (child.exitCode !== null) return child.exitCode;
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };
  const { url, link } = await readDocument(child, () => errors);
  return {
    url,
    link,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(state, { recursive: true, force: true });
    },
  };
}

function readDocument(
  { stdout }: { readonly stdout: Readable } & NodeJS.EventEmitter,
  errors: () => string,
): Promise<{ url: string; link: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      if (!text.endsWith('}\n')) return;
      const document = JSON.parse(text) as { url: string; link: string; failure?: { summary: string } };
      if (document.failure) reject(new Error(document.failure.summary));
      else resolve(document);
    });
    stdout.on('end', () => {
      reject(new Error(`serve ended: ${text}${errors()}`));
    });
  });
}
