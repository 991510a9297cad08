/** How long the command takes to start, against a Node with nothing to do: the least that anything can take. */
import { measurePairs, show, timeMs } from '../pairs.ts';
import { run, TRUNKLINE } from './rig.ts';

export async function startRow(): Promise<readonly string[]> {
  const started = await measurePairs(
    15,
    () => timeMs(() => run([TRUNKLINE, '--version'])),
    () => timeMs(() => run([process.execPath, '-e', '0'])),
  );
  return [
    `trunkline --version / empty Node      ${show(started.ratio)}`,
    `  empty Node                          ${show(started.b, 0)} ms`,
  ];
}
