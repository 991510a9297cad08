/** A folder for the PATH of a run in which every tool is counted, and one of them spoiled; see shim.c. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What the scripts on a host call. */
const TOOLS =
  'sh ip bridge nft mv rm rmdir mkdir mktemp cat head tail wc tr cut grep sed sync flock setsid sysctl conntrack date'.split(
    ' ',
  );

export interface ShimOrder {
  /** The tool to act at, counted from 1; 0 for none. */
  readonly at: number;
  readonly how?: 'before' | 'after' | 'inside' | 'not' | 'wrong';
  readonly who?: 'node' | 'session' | 'all';
  readonly delayUs?: number;
  readonly code?: number;
}

export interface Shim {
  /** The environment of a run under this order; the count starts anew. */
  readonly environment: (order: ShimOrder) => Readonly<Record<string, string>>;
  /** How many tools were started since. */
  readonly count: () => number;
}

/** @param folder an empty one. */
export function buildShim(folder: string): Shim {
  const program = path.join(folder, '.shim');
  execFileSync('gcc', ['-O2', '-o', program, path.join(import.meta.dirname, 'shim.c')]);
  mkdirSync(path.join(folder, '.real'));
  for (const tool of TOOLS) {
    const real = execFileSync('sh', ['-c', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin; command -v "$1" || :', 'sh', tool]);
    const place = real.toString().trim();
    if (!place.startsWith('/')) continue;
    symlinkSync(place, path.join(folder, '.real', tool));
    symlinkSync(program, path.join(folder, tool));
  }
  const counts = path.join(folder, '.count');
  return {
    environment({ at, how = 'after', who = 'all', delayUs = 0, code = 0 }) {
      writeFileSync(counts, '');
      return {
        PATH: `${folder}:/usr/sbin:/usr/bin:/sbin:/bin`,
        SHIM_FOLDER: folder,
        SHIM_COUNT: counts,
        SHIM_AT: String(at),
        SHIM_HOW: how,
        SHIM_WHO: who,
        SHIM_DELAY: String(delayUs),
        SHIM_CODE: String(code),
      };
    },
    count: () => readFileSync(counts).length,
  };
}
