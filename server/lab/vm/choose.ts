/** Where a lab comes up: here, or in a virtual machine because it was asked for, has one already, or this kernel lacks something. */
import { Failure } from '../../core/failure.ts';
import type { Model } from '../../flow/model.ts';
import { labDown } from '../down.ts';
import { labFolder } from '../folder.ts';
import { checkNeeds, KernelLacks } from '../needs.ts';
import { runTool } from '../tool.ts';
import { groundOf } from './ground.ts';
import { raiseMachine } from './machine.ts';
import type { RaiseOptions } from './machine.ts';
import { readMachine } from './standing.ts';

export interface ChooseOptions extends RaiseOptions {
  readonly vm: 'never' | 'if-needed' | 'always';
}

/** Leaves the lab's machine standing where one is needed. Throws what `lab up` throws before it has begun. */
export async function chooseGround(model: Model, options: ChooseOptions): Promise<void> {
  const folder = labFolder(model.topology);
  // Inside a virtual machine there is no further one.
  if (process.env['TRUNKLINE_VM'] === '1') return checkNeeds(model, await groundOf(folder));
  if (options.vm === 'always' || (await readMachine(folder)) !== null) return raise(model, folder, options);
  try {
    await checkNeeds(model, await groundOf(folder));
  } catch (error) {
    if (options.vm === 'never' || !(error instanceof KernelLacks)) throw error;
    options.progress(`this kernel lacks ${error.lacks.join(', ')}: taking a virtual machine`);
    await raise(model, folder, options).catch((inMachine: unknown) => {
      throw inMachine instanceof Failure ? both(error, inMachine) : inMachine;
    });
  }
}

async function raise(model: Model, folder: string, options: ChooseOptions): Promise<void> {
  const { fresh } = await raiseMachine(model, options);
  try {
    await checkNeeds(model, await groundOf(folder));
  } catch (error) {
    // Nothing of the lab is in it yet.
    if (fresh) await labDown(model.topology);
    throw error;
  }
}

/** The lab's folder as its nodes see it; made out here already where that is the same. */
export async function makeFolderThere(labFolder: string): Promise<void> {
  const { within, folder } = await groundOf(labFolder);
  if (within.length > 0) await runTool('make its folder', [...within, 'mkdir', '-p', '-m', '700', folder]);
}

function both(here: KernelLacks, inMachine: Failure): Failure {
  return new Failure('unsupported', `${here.message}, and a virtual machine does not help`, {
    detail: [here.detail, `${inMachine.message}.`, inMachine.detail].filter((each) => each !== undefined).join('\n'),
    toDo: [...new Set([...inMachine.toDo, ...here.toDo])],
    cause: inMachine,
  });
}
