import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { shortTag } from '../core/hash.ts';
import { labFolder, readLabFile } from './folder.ts';

/** `wire` nodes carry frames between the uplinks of hosts, one for each fabric; nobody speaks to them. */
export type NodeKind = 'host' | 'guest' | 'internet' | 'wire';

export interface LabNode {
  readonly name: string;
  readonly kind: NodeKind;
  /** Its agent: pid 1 of the node, and this outside. */
  readonly pid: number;
  /** Path of the agent's control socket. */
  readonly socket: string;
}

/** A running lab. What it consists of is read from its processes every time: there is no other record of it. */
export interface Lab {
  readonly topology: string;
  readonly folder: string;
  readonly file: string | null;
  readonly nodes: ReadonlyMap<string, LabNode>;
  readonly members: Readonly<Record<string, { readonly host: string; readonly namespace: string }>>;
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
  throw new Failure('lab', `No lab of ${topology} is running`, { toDo: ['Bring it up: trunkline lab up FILE'] });
}

export async function readLab(topology: string, folder: string): Promise<Lab | null> {
  const names = await readdir(folder).catch(() => null);
  if (names === null) return null;
  const file = await readLabFile(folder);
  const nodes = new Map<string, LabNode>();
  for (const name of names.filter((each) => each.endsWith('.node')).sort()) {
    const node = await readNode(folder, name.slice(0, -'.node'.length));
    if (node !== null) nodes.set(node.name, node);
  }
  return {
    topology: file?.topology ?? topology,
    folder,
    file: file?.file ?? null,
    nodes,
    members: file?.members ?? {},
  };
}

/** The node must exist in the running lab. */
export function nodeOf(lab: Lab, name: string): LabNode {
  const node = lab.nodes.get(name);
  if (node !== undefined) return node;
  const known = [...lab.nodes.values()].filter((each) => each.kind !== 'wire').map((each) => each.name);
  throw new Failure('lab', `The lab of ${lab.topology} has no node ${name}`, {
    detail: `It has ${[...known, ...Object.keys(lab.members)].join(', ')}.`,
    toDo: ['Where the file has changed since, bring the lab up again: trunkline lab up FILE'],
  });
}

/** `FORMAT PID START BOOT KIND SOCKET`, written by the agent; only what still lives counts. */
async function readNode(folder: string, name: string): Promise<LabNode | null> {
  const text = await readFile(join(folder, `${name}.node`), 'utf8').catch(() => '');
  const [format, pid, start, boot, kind, socket] = text.trim().split(' ');
  if (
    format !== '1' ||
    pid === undefined ||
    socket === undefined ||
    !/^[a-z2-7]+\.s$/.test(socket) ||
    !/^\d+$/.test(pid)
  )
    return null;
  if (kind !== 'host' && kind !== 'guest' && kind !== 'internet' && kind !== 'wire') return null;
  const alive = boot === (await bootId()) && start === (await startTime(pid));
  return alive ? { name, kind, pid: Number(pid), socket: join(folder, socket) } : null;
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Field 22 of /proc/PID/stat; the name before it may hold anything, its last `)` ends it. */
async function startTime(pid: string): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}
