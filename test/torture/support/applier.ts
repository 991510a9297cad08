/** Trunkline as a process of its own, which can be killed: bundled once from the sources as they are. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleCommand } from '../../../scripts/bundle-command.ts';
import type { HostNamespace } from '../../support/host-namespace.ts';

export interface Applier {
  /** `apply --yes` of a topology; back when it has ended. Alone in its process group, with its sessions and what these run. */
  readonly apply: (host: HostNamespace, text: string, options?: ApplierOptions) => Promise<Ended>;
}

export interface ApplierOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly killAfterMs?: number;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly lastedMs: number;
  readonly said: string;
}

/** A fault planted into the program: one text of it for another. */
export type Fault = readonly [text: string, instead: string];

/** @param folder an empty one, for the bundle, the topologies and the history of its runs. */
export async function buildApplier(folder: string, fault?: Fault): Promise<Applier> {
  await bundleCommand(path.join(import.meta.dirname, '../../..'), path.join(folder, 'dist'));
  if (fault !== undefined) plant(path.join(folder, 'dist'), fault);
  mkdirSync(path.join(folder, 'state'));
  const command = path.join(folder, 'dist/trunkline.mjs');
  let files = 0;
  return {
    async apply(host, text, { environment = {}, args = [], killAfterMs } = {}) {
      files += 1;
      const file = path.join(folder, `${String(files)}.json`);
      writeFileSync(file, text);
      const [program, ...rest] = [...host.prefix, process.execPath, command, 'apply', '--yes', ...args, file];
      const startedMs = performance.now();
      const child = spawn(program, rest, {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
        env: { ...process.env, XDG_STATE_HOME: path.join(folder, 'state'), NO_COLOR: '1', ...environment },
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
      const gone = once(child, 'exit');
      const timer =
        killAfterMs === undefined
          ? undefined
          : setTimeout(() => {
              if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
            }, killAfterMs);
      const [exitCode] = (await gone) as [number | null];
      clearTimeout(timer);
      return { exitCode, lastedMs: performance.now() - startedMs, said };
    },
  };
}

function plant(folder: string, [text, instead]: Fault): void {
  let planted = 0;
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const code = readFileSync(file, 'utf8');
    if (!code.includes(text)) continue;
    planted += 1;
    writeFileSync(
      file,
      code.replaceAll(text, () => instead),
    );
  }
  if (planted === 0) throw new Error(`nowhere in the program: ${text}`);
}
