import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LiveEvent } from '../api/schema/events.ts';
import { findTopologies } from '../api/folder.ts';

/** Times of files lag behind the clock by its step. */
const CLOCK_STEP_MS = 20;

/**
 * Another text once one of the files is another one.
 * @param readAt when they were begun to be read; what was written since is told apart from what is there now.
 */
export async function stateOfFiles(files: readonly string[], readAt: number | null): Promise<string> {
  const all = await Promise.all(
    files.map(async (file) => {
      const about = await stat(file).catch(() => null);
      if (about === null) return 'absent';
      const late = readAt !== null && about.ctimeMs >= readAt - CLOCK_STEP_MS;
      return [about.mtimeMs, about.ctimeMs, about.size, about.ino, ...(late ? ['late'] : [])].join(' ');
    }),
  );
  return all.join('\n');
}

export interface FileWatch {
  /** What has become of the topologies since it was looked last. */
  look(): Promise<readonly LiveEvent[]>;
}

export function watchFiles(folder: string): FileWatch {
  let before: ReadonlyMap<string, string> | null = null;
  return {
    async look() {
      const names = await findTopologies(folder);
      const now = new Map(
        await Promise.all(names.map(async (name) => [name, await stateOfFiles([join(folder, name)], null)] as const)),
      );
      const at = new Date().toISOString();
      const last = before ?? now;
      before = now;
      const changed = names
        .filter((name) => last.get(name) !== now.get(name))
        .map((name) => ({ type: 'file' as const, at, name, change: last.has(name) ? 'changed' : 'added' }) as const);
      const removed = [...last.keys()]
        .filter((name) => !now.has(name))
        .map((name) => ({ type: 'file' as const, at, name, change: 'removed' as const }));
      return [...changed, ...removed];
    },
  };
}
