import type { Host } from '../flow/model.ts';
import { connectThrough } from '../host/runner.ts';
import { connectSsh } from '../host/ssh.ts';
import type { HostConnection } from '../host/connection.ts';
import { runInNodes } from './each.ts';
import { nodeOf } from './lab.ts';
import type { Lab, LabNode } from './lab.ts';
import { labSshTarget } from './ssh/target.ts';
import { parseIpJson } from './tool.ts';
import type { IpListings } from './tool.ts';

/** Without root, a lab lives in a user namespace, which is entered first; in a virtual machine it is root's. */
function userFlags({ within }: LabNode): readonly string[] {
  const plain = within.length > 0 || (process.getuid?.() ?? 0) === 0;
  return plain ? [] : ['--user', '--preserve-credentials'];
}

/** Before a command that is to run inside the node, with its files, processes and name. */
export function enterNode(node: LabNode): readonly string[] {
  const spaces = ['--net', '--mount', '--pid', '--uts'];
  return [...node.within, 'nsenter', '--target', String(node.pid), ...userFlags(node), ...spaces, '--'];
}

/** Before a command that is to see the node's network only: pids mean the same there as outside of it. */
export function enterNetwork(node: LabNode): readonly string[] {
  return [...node.within, 'nsenter', '--target', String(node.pid), ...userFlags(node), '--net', '--'];
}

/** How stages reach a host of the lab: the same sessions as anywhere, inside the node; over ssh where it has that. */
export function labConnection(lab: Lab, host: Host | string): HostConnection {
  const name = typeof host === 'string' ? host : host.name;
  const node = nodeOf(lab, name);
  return lab.ssh ? connectSsh(labSshTarget(lab, name)) : connectThrough(name, enterNode(node));
}

/** Lines of `ip` for a node. `purpose` completes "The lab could not …". */
export interface IpLines {
  readonly node: LabNode;
  readonly purpose: string;
  readonly lines: readonly (readonly string[])[];
}

/** Runs lines of `ip` in the networks of nodes: one process a node that has any, and one for all of them from here. */
export async function runIp(...all: readonly IpLines[]): Promise<void> {
  const programs = all
    .filter(({ lines }) => lines.length > 0)
    .map(({ node, purpose, lines }) => ({ node, purpose, argv: ['ip', '-batch', '-'], stdin: batch(lines) }));
  await runInNodes(programs);
}

/** The output of `ip -j` for the same lines in each of the nodes, a list for each line. */
export async function readIp(
  nodes: readonly LabNode[],
  lines: readonly (readonly string[])[],
): Promise<readonly IpListings[]> {
  const stdin = batch(lines);
  const argv = ['ip', '-j', '-batch', '-'];
  const read = await runInNodes(nodes.map((node) => ({ node, purpose: `read ${node.name}`, argv, stdin })));
  return read.map(parseIpJson);
}

/** In a batch `#`, quotes and backslashes have a meaning of their own: what we write holds none of them. */
function batch(lines: readonly (readonly string[])[]): string {
  return lines
    .map((words) => {
      const wrong = words.find((word) => !/^[A-Za-z0-9.:/@_-]+$/.test(word));
      if (wrong !== undefined) throw new TypeError(`not a word for a batch: ${JSON.stringify(wrong)}`);
      return `${words.join(' ')}\n`;
    })
    .join('');
}
