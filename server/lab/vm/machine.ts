/**
 * A lab in a virtual machine of its own. From outside it is one process that keeps QEMU standing, and a socket by which
 * commands run inside; inside it is a lab like any other.
 */
import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import type { Model } from '../../flow/model.ts';
import { cacheFolder } from '../agent-binary.ts';
import { makeLabFolder, removeLabFolder } from '../folder.ts';
import { readLab } from '../lab.ts';
import { holdingLab } from '../lock.ts';
import { endNodes, nodesOf } from '../nodes.ts';
import { bootMachine } from './boot.ts';
import { groundOf, listNodesThere } from './ground.ts';
import { checkMachineTools, WAYS } from './qemu.ts';
import { withRoomToMake } from './room.ts';
import { machineFolder, machineGone, readMachine, writeMachineFile } from './standing.ts';

export interface RaiseOptions {
  readonly file: string | null;
  readonly progress: (line: string) => void;
}

/** The kernel and programs take what a lab without nodes needs, every node a little more. */
export function memoryFor(nodes: number): number {
  return Math.max(768, 512 + 8 * nodes);
}

/** A run has a session open on every host, and other commands need ways in beside them. */
const HOSTS_MOST = WAYS - 8;

function refuseTooManyHosts({ topology, hosts }: Model): void {
  if (hosts.size <= HOSTS_MOST) return;
  throw new Failure('unsupported', `${topology} has too many hosts for a virtual machine`, {
    detail: `It has ${String(hosts.size)}; there can be ${String(HOSTS_MOST)}. Guests do not count.`,
  });
}

/**
 * The standing machine of a topology's lab, booted where there is none or the former one has died. Throws `tool-missing`
 * with Debian's names, `lab` with what is in the way.
 */
export async function raiseMachine(
  model: Model,
  { file, progress }: RaiseOptions,
): Promise<{ readonly fresh: boolean }> {
  await checkMachineTools();
  refuseTooManyHosts(model);
  const folder = await makeLabFolder(model.topology);
  return holdingLab(model.topology, folder, async () => {
    const found = await readMachine(folder);
    if (found?.state === 'standing') {
      if ((await listNodesThere(found, await groundOf(folder))) === null) throw machineGone(model.topology, found);
      return { fresh: false };
    }
    const native = await readLab(model.topology, folder);
    if (native !== null && native.nodes.size > 0) {
      throw new Failure('lab', `The lab of ${model.topology} runs on this machine's own kernel`, {
        toDo: [`Take it down first: trunkline lab down --topology ${model.topology}`],
      });
    }
    if (found !== null)
      progress(`the former virtual machine has died${found.reason === null ? '' : ` (${found.reason})`}`);
    try {
      await boot(model, folder, { file, progress });
      return { fresh: true };
    } catch (error) {
      await removeMachine(folder);
      await removeLabFolder(folder);
      throw withRoomToMake(error, [folder]);
    }
  });
}

async function boot(model: Model, labFolder: string, { file, progress }: RaiseOptions): Promise<void> {
  const folder = machineFolder(labFolder);
  await removeMachine(labFolder);
  // What was known of the lab in the former one went with it.
  for (const name of await readdir(labFolder))
    if (name !== 'lock') await rm(join(labFolder, name), { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  const memoryMiB = memoryFor(nodesOf(model).length);
  const about = { format: 1, topology: model.topology, file, memoryMiB } as const;
  await writeMachineFile(folder, { ...about, kernel: null, accelerator: null });
  const startedMs = performance.now();
  const cache = join(cacheFolder(), 'trunkline', 'vm');
  const booted = await bootMachine({ folder, cache, memoryMiB, life: 'standing', say: progress });
  await writeMachineFile(folder, { ...about, ...booted });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const how = booted.accelerator === 'kvm' ? 'with KVM' : 'under software emulation';
  progress(
    `virtual machine: Debian's kernel ${booted.kernel} ${how}, ${String(memoryMiB)} MiB, stands after ${seconds} s`,
  );
}

/** Ends the machine of a lab, if there is one, with all that is in it. Its lab must be held. */
export async function removeMachine(labFolder: string): Promise<void> {
  const folder = machineFolder(labFolder);
  const there = await access(folder).then(
    () => true,
    () => false,
  );
  if (!there) return;
  await endNodes(folder, 'all');
  await rm(folder, { recursive: true, force: true });
}
