import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { shortTag } from '../core/hash.ts';
import { nearestHint } from '../core/nearest.ts';
import { labFolder, readLabFile } from './folder.ts';
import { livingProcess } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import { groundOf, listNodesThere } from './vm/ground.ts';
import type { Ground } from './vm/ground.ts';
import { machineGone, readMachine } from './vm/standing.ts';
import type { Machine } from './vm/standing.ts';

/** `wire` nodes carry frames between the uplinks of hosts, one for each fabric; nobody speaks to them. */
export type NodeKind = 'host' | 'guest' | 'internet' | 'wire';

export interface LabNode {
  readonly name: string;
  readonly kind: NodeKind;
  /** Its agent: pid 1 of the node, and this outside. */
  readonly pid: number;
  /** Path of the agent's control socket, as it is where the node is. */
  readonly socket: string;
  /** Before a command that is to run where the node is: nothing on this machine. */
  readonly within: readonly string[];
}

/** A running lab. What it consists of is read from its processes every time: there is no other record of it. */
export interface Lab {
  readonly topology: string;
  readonly folder: string;
  readonly file: string | null;
  readonly nodes: ReadonlyMap<string, LabNode>;
  readonly members: Readonly<Record<string, { readonly host: string; readonly namespace: string | null }>>;
  /** Whether its hosts are reached over ssh, by the files in `ssh/` of its folder. */
  readonly ssh: boolean;
  /** The virtual machine that it stands in; `null` on this machine itself. */
  readonly machine: Machine | null;
  /** The machine stands and does not answer: what is in it is not known. */
  readonly silent: boolean;
}

export const INTERNET = 'internet';

/** Names of wires hold a dot, which names in a topology cannot. */
export function wireName(fabric: string): string {
  return `wire.${fabric}`;
}

export function socketName(node: string): string {
  return `${shortTag(16, node)}.s`;
}

/** The running lab of a topology. Throws `lab` where there is none. */
export async function openLab(topology: string): Promise<Lab> {
  const lab = await readLab(topology, labFolder(topology));
  if (lab !== null && lab.nodes.size > 0) return lab;
  if (lab !== null) refuseDead(lab);
  throw new Failure('lab', `No lab of ${topology} is running`, { toDo: ['Bring it up: trunkline lab up FILE'] });
}

function refuseDead({ topology, machine, silent }: Lab): void {
  if (machine !== null && (silent || machine.state === 'died')) throw machineGone(topology, machine);
}

export async function readLab(topology: string, folder: string): Promise<Lab | null> {
  const there = await access(folder).then(
    () => true,
    () => false,
  );
  if (!there) return null;
  const file = await readLabFile(folder);
  const machine = await readMachine(folder);
  const nodes = machine?.state === 'standing' ? await nodesInside(folder, machine) : await nodesHere(folder);
  return {
    topology: file?.topology ?? machine?.topology ?? topology,
    folder,
    file: file?.file ?? machine?.file ?? null,
    nodes: new Map(nodes?.map((node) => [node.name, node])),
    members: file?.members ?? {},
    ssh: file?.ssh ?? false,
    machine,
    silent: nodes === null,
  };
}

async function nodesHere(folder: string): Promise<readonly LabNode[]> {
  const names = (await readdir(folder)).filter((each) => each.endsWith('.node')).sort();
  const nodes = await Promise.all(names.map((name) => readNode(folder, name.slice(0, -'.node'.length))));
  return nodes.filter((node) => node !== null);
}

/** `null` where the machine does not answer. */
async function nodesInside(labFolder: string, machine: Machine): Promise<readonly LabNode[] | null> {
  const ground = await groundOf(labFolder);
  const lines = await listNodesThere(machine, ground);
  if (lines === null) return null;
  return [...lines].sort().flatMap((line) => {
    const [name = '', pid = '', kind = '', socket = ''] = line.split(' ');
    return nodeIn(ground, name, { pid: Number(pid), kind, socket }) ?? [];
  });
}

/** The node must exist in the running lab. */
export function nodeOf(lab: Lab, name: string): LabNode {
  const node = lab.nodes.get(name);
  if (node !== undefined) return node;
  const nodes = [...lab.nodes.values()].filter((each) => each.kind !== 'wire').map((each) => each.name);
  const known = [...nodes, ...Object.keys(lab.members)];
  const hint = nearestHint(name, known);
  throw new Failure('lab', `The lab of ${lab.topology} has no node ${name}`, {
    detail: `${hint === undefined ? '' : `${hint} `}It has ${known.join(', ')}.`,
    toDo: ['Where the file has changed since, bring the lab up again: trunkline lab up FILE'],
  });
}

/** Only what still lives counts. */
async function readNode(folder: string, name: string): Promise<LabNode | null> {
  const record = await livingProcess(folder, name);
  return record === null ? null : nodeIn({ folder, within: [] }, name, record);
}

/** A node from its record; `null` where the record is of something else. */
function nodeIn(
  { folder, within }: Pick<Ground, 'folder' | 'within'>,
  name: string,
  { pid, kind, socket }: Pick<ProcessRecord, 'pid' | 'kind' | 'socket'>,
): LabNode | null {
  if (!/^[a-z2-7]+\.s$/.test(socket)) return null;
  if (kind !== 'host' && kind !== 'guest' && kind !== 'internet' && kind !== 'wire') return null;
  return { name, kind, pid, socket: join(folder, socket), within };
}
