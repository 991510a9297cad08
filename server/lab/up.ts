/**
 * The lab: hosts, guests and the internet of a topology as namespaces of this machine. `labUp` makes the nodes, wires the
 * hosts' ports, lets the plan run on the hosts as in production, then plugs guests and internet in. Comes in: a model. May
 * touch: own processes, their namespaces, the lab's folder.
 */
import type { Model } from '../flow/model.ts';
import type { RunResult } from '../flow/run.ts';
import { probePlan } from '../model/probes.ts';
import { applyModel } from '../run/apply.ts';
import type { ConnectionOf } from '../run/apply.ts';
import { labConnection } from './enter.ts';
import { makeLabFolder, readLabFile, writeLabFile } from './folder.ts';
import { attachGuests, checkAttached } from './guests.ts';
import { attachInternet } from './internet.ts';
import { openLab } from './lab.ts';
import type { Lab } from './lab.ts';
import { holdingLab } from './lock.ts';
import { checkNeeds } from './needs.ts';
import { endNodes, nodesOf, settleNodes } from './nodes.ts';
import { plugPorts } from './wires.ts';

export interface LabUpOptions {
  /** The file that the model was read from, as an absolute path; for `lab list`. */
  readonly file?: string | null;
  readonly progress?: (line: string) => void;
}

export interface LabUpResult {
  readonly lab: Lab;
  /** What applying the topology to the lab's hosts did. Its hosts tell whether it worked. */
  readonly run: RunResult;
}

/**
 * Brings the lab of a topology up, or brings what is left of one up to date. Throws `unsupported` with what the kernel lacks,
 * `no-rights`, `tool-missing`, `locked`.
 */
export async function labUp(model: Model, options: LabUpOptions = {}): Promise<LabUpResult> {
  const progress = options.progress ?? (() => undefined);
  await checkNeeds(model);
  const folder = await makeLabFolder(model.topology);
  return holdingLab(model.topology, folder, async () => {
    const nodes = nodesOf(model);
    progress(`lab ${model.topology}: ${String(nodes.length)} nodes`);
    // A run killed half-way may have left hosts in a state that no plan starts from (a namespace without its mark).
    if ((await readLabFile(folder))?.complete !== true) await endNodes(folder, 'all');
    const labFile = {
      format: 1,
      topology: model.topology,
      file: options.file ?? null,
      members: membersOf(model),
    } as const;
    await writeLabFile(folder, { ...labFile, complete: false });
    const lab = await settleNodes(model.topology, folder, nodes);
    await plugPorts(model, lab);
    const connectionOf: ConnectionOf = (host) => labConnection(lab, host);
    const run = await applyModel(model, connectionOf, { progress });
    const applied = run.hosts.every((host) => host.result === 'applied' || host.result === 'unchanged');
    await attach(model, lab);
    if (applied) {
      await checkAttached(model, lab);
      await writeLabFile(folder, { ...labFile, complete: true });
    }
    return { lab: await openLab(model.topology), run };
  });
}

/** After every run on the lab's hosts: an end that was made again has to be given to its guest again. */
export async function reattach(model: Model, lab: Lab): Promise<void> {
  await holdingLab(lab.topology, lab.folder, async () => {
    const nodes = nodesOf(model);
    const known = new Set(lab.nodes.keys());
    const settled = nodes.every((node) => known.has(node.name))
      ? lab
      : await settleNodes(lab.topology, lab.folder, nodes);
    await attach(model, settled);
  });
}

async function attach(model: Model, lab: Lab): Promise<void> {
  await attachGuests(model, lab);
  await attachInternet(model, probePlan(model).internet, lab);
}

function membersOf(model: Model): Lab['members'] {
  const members: Record<string, { readonly host: string; readonly namespace: string }> = {};
  for (const gateway of model.gateways.values()) {
    for (const { name, host, namespace } of gateway.members) members[name] = { host, namespace };
  }
  return members;
}
