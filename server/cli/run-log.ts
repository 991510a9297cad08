import { resolve } from 'node:path';
import type { RunEvent } from '../flow/run.ts';
import { logTo } from '../operator/run-log.ts';
import type { CliContext } from './context.ts';
import type { CommonOptions } from './topology-argument.ts';

/** The log of a verb that changes hosts, in the lab's own history with `--lab`. */
export async function logFor(
  { progress }: CliContext,
  topology: string,
  options: Pick<CommonOptions, 'lab'>,
  from: { readonly file?: string | undefined; readonly access: Readonly<Record<string, string>> },
): Promise<(event: RunEvent) => Promise<void>> {
  const { file, access } = from;
  return logTo({
    file: file === undefined || file === '-' ? null : resolve(file),
    accessOf: (host) => access[host] ?? 'local',
    labFolder: options.lab === true ? (await (await import('../lab/index.ts')).openLab(topology)).folder : null,
    progress,
  });
}
