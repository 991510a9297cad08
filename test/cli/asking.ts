/** The command line, here and at a server over the same folder. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Role } from '../../server/core/role.ts';
import type { Site } from '../api/site.ts';
import { openSite } from '../api/site.ts';

const TRUNKLINE = join(import.meta.dirname, '../../scripts/trunkline');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Asking extends AsyncDisposable {
  readonly site: Site;
  readonly url: string;
  /** Home of whoever asks; the histories of both lie in it. */
  readonly folder: string;
  readonly token: string;
  /** In the folder of the topologies. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  there(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

export async function openAsking(role: Role, files: Readonly<Record<string, string>>): Promise<Asking> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-asking-'));
  // The operator of the site works in this process.
  vi.stubEnv('XDG_STATE_HOME', folder);
  const site = await openSite(files);
  const { users, tokens } = site.serving.accounts;
  await users.add('ann', role, 'three words of ann', false);
  const expires = Date.now() + 3_600_000;
  const { secret: token } = await tokens.create({ user: 'ann', label: 'test', role, topologies: null, expires });
  const run: Asking['run'] = async (args, env = {}) => {
    const child = spawn(TRUNKLINE, args, {
      ...{ cwd: site.folder, stdio: ['ignore', 'pipe', 'pipe'] },
      env: { PATH: process.env['PATH'], HOME: folder, XDG_STATE_HOME: folder, TRUNKLINE_DEV: '1', ...env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    child.once('error', reject).once('close', resolve);
    return { code: await promise, stdout, stderr };
  };
  return {
    ...{ site, folder, token, run, url: site.serving.url },
    there: (args, env) => run([...args, '--server', site.serving.url], { TRUNKLINE_TOKEN: token, ...env }),
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]();
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    },
  };
}

/** Members of a document may stand in another order. */
export function shown({ stdout, ...ended }: Ended): unknown {
  return { ...ended, stdout: stdout.startsWith('{') ? (JSON.parse(stdout) as unknown) : stdout };
}
