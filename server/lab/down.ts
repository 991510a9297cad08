import { access } from 'node:fs/promises';
import type { Count } from '../core/count.ts';
import { labFolder, removeLabFolder } from './folder.ts';
import { readLab } from './lab.ts';
import { holdingLab } from './lock.ts';
import { endNodes } from './nodes.ts';
import { endConnections } from './ssh/settle.ts';
import { removeMachine } from './vm/machine.ts';

export interface LabDownOptions {
  readonly count?: Count;
}

/**
 * Removes the lab of a topology, whole or what a killed run left of it; needs no file. With the processes go their namespaces
 * and everything in them. Gives the names of the nodes that were ended; a lab that is not there is no error.
 */
export async function labDown(topology: string, { count }: LabDownOptions = {}): Promise<readonly string[]> {
  const folder = labFolder(topology);
  const there = await access(folder).then(
    () => true,
    () => false,
  );
  if (!there) return [];
  return holdingLab(topology, folder, async () => {
    const lab = await readLab(topology, folder);
    await endConnections(folder, 'exit');
    await removeMachine(folder);
    let done = 0;
    const total = lab?.nodes.size ?? 0;
    const onEnded = (): void => count?.('nodes ended', (done += 1), total);
    const ended = lab?.machine?.state === 'standing' ? [...lab.nodes.keys()] : await endNodes(folder, 'all', onEnded);
    await removeLabFolder(folder);
    return ended;
  });
}
