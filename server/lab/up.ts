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
import { withWhereabouts } from '../run/whereabouts.ts';
import { refuseMissing } from '../run/missing.ts';
import { healAll, holdFaults } from './fault/fail.ts';
import { faultText, shownFault } from './fault/record.ts';
import type { ShownFault } from './fault/record.ts';
import type { Count } from '../core/count.ts';
import { labConnection } from './enter.ts';
import { makeLabFolder, readLabFile, writeLabFile } from './folder.ts';
import { makeWhatIsFound } from './found.ts';
import { connectionWithGuests } from './free-ends.ts';
import { attachGuests, refuseUnattached } from './guests.ts';
import type { AttachOptions } from './guests.ts';
import { attachInternet } from './internet.ts';
import { dropMisplaced } from './misplaced.ts';
import { openLab } from './lab.ts';
import type { Lab } from './lab.ts';
import { holdingLab } from './lock.ts';
import { undoOpenRuns } from './open-runs.ts';
import { endNodes, nodesOf, settleNodes } from './nodes.ts';
import { managementNodes, settleSsh } from './ssh/settle.ts';
import { chooseGround, makeFolderThere } from './vm/choose.ts';
import { plugPorts } from './wires.ts';

export interface LabUpOptions {
  /** The file that the model was read from, as an absolute path; for `lab list`. */
  readonly file?: string | null;
  /**
   * Whether in a virtual machine: `never` (the default), `if-needed` where this machine's kernel lacks something, `always`. A
   * lab that has a machine stays in one.
   */
  readonly vm?: 'never' | 'if-needed' | 'always';
  /** Hosts are reached over ssh, each by an sshd of its own; without it, a lab that had that loses it. */
  readonly ssh?: boolean;
  readonly progress?: (line: string) => void;
  /** Where it is there, it is told of each host and guest instead of `progress`. */
  readonly count?: Count;
}

export interface LabUpResult {
  readonly lab: Lab;
  /** What applying the topology to the lab's hosts did. Its hosts tell whether it worked. */
  readonly run: RunResult;
  /** What `lab fail` had broken: it is mended. */
  readonly healed: readonly ShownFault[];
}

/**
 * Brings the lab of a topology up, or brings what is left of one up to date. Throws `unsupported` with what the kernel lacks,
 * `no-rights`, `tool-missing`, `locked`.
 */
export async function labUp(written: Model, options: LabUpOptions = {}): Promise<LabUpResult> {
  const progress = options.progress ?? (() => undefined);
  const { count } = options;
  refuseMissing(written);
  await chooseGround(written, { vm: options.vm ?? 'never', file: options.file ?? null, progress });
  const folder = await makeLabFolder(written.topology);
  return holdingLab(written.topology, folder, async () => {
    const ssh = options.ssh === true;
    const nodes = [...nodesOf(written), ...managementNodes(ssh)];
    progress(`lab ${written.topology}: ${String(nodes.length)} nodes`);
    await makeFolderThere(folder);
    // A run killed half-way may have left hosts in a state that no plan starts from (a namespace without its mark).
    const whole = (await readLabFile(folder))?.complete === true;
    if (!whole) await endNodes(folder, 'all');
    const labFile = {
      format: 1,
      topology: written.topology,
      file: options.file ?? null,
      ssh,
      members: membersOf(written),
    } as const;
    await writeLabFile(folder, { ...labFile, complete: false });
    const lab = await settleNodes(written.topology, folder, nodes, count);
    const model = whole ? await withWhereabouts(written, (host) => labConnection(lab, host)) : written;
    const healed = await healAll(lab);
    if (healed.length > 0) progress(`healed: ${healed.map(faultText).join(', ')}`);
    await plugPorts(model, lab);
    if (whole) await dropMisplaced(model, lab);
    await makeWhatIsFound(model, lab);
    await settleSsh(model, lab, progress);
    if (whole) await undoOpenRuns(model, lab, progress);
    const connectionOf: ConnectionOf = (host) => connectionWithGuests(model, lab, host);
    const run = await applyModel(model, connectionOf, count === undefined ? { progress } : { count });
    const applied = run.hosts.every((host) => host.result === 'applied' || host.result === 'unchanged');
    const missing = await attach(model, lab, { fresh: !whole && applied, count });
    if (applied) {
      refuseUnattached(missing);
      await writeLabFile(folder, { ...labFile, complete: true });
    }
    return { lab: await openLab(model.topology), run, healed: healed.map(shownFault) };
  });
}

/** After every run on the lab's hosts: an end that was made again has to be given to its guest again. */
export async function reattach(model: Model, lab: Lab): Promise<void> {
  await holdingLab(lab.topology, lab.folder, async () => {
    const nodes = [...nodesOf(model), ...managementNodes(lab.ssh)];
    const known = new Set(lab.nodes.keys());
    const settled = nodes.every((node) => known.has(node.name))
      ? lab
      : await settleNodes(lab.topology, lab.folder, nodes);
    await attach(model, settled);
    await holdFaults(settled);
  });
}

/** Gives the NICs that guests lack. */
async function attach(model: Model, lab: Lab, options: AttachOptions = {}): Promise<readonly string[]> {
  const missing = await attachGuests(model, lab, options);
  await attachInternet(model, probePlan(model).internet, lab);
  return missing;
}

function membersOf(model: Model): Lab['members'] {
  const members: Record<string, { readonly host: string; readonly namespace: string | null }> = {};
  for (const gateway of model.gateways.values()) {
    for (const { name, host, namespace } of gateway.members) members[name] = { host, namespace };
  }
  return members;
}
