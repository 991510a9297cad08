import type { Host } from '../flow/model.ts';
import { connectThrough } from '../host/runner.ts';
import { connectSsh } from '../host/ssh.ts';
import type { HostConnection } from '../host/connection.ts';
import { nodeOf } from './lab.ts';
import type { Lab, LabNode } from './lab.ts';
import { labSshTarget } from './ssh/target.ts';
import { runTool } from './tool.ts';

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

/** Runs lines of `ip` in the node's network, all in one process; nothing where there are none. */
export async function runIp(purpose: string, node: LabNode, lines: readonly (readonly string[])[]): Promise<void> {
  if (lines.length === 0) return;
  await runTool(purpose, [...enterNetwork(node), 'ip', '-batch', '-'], batch(lines));
}

export async function readIp(
  purpose: string,
  node: LabNode,
  flags: readonly string[],
  lines: readonly (readonly string[])[],
): Promise<string> {
  return runTool(purpose, [...enterNetwork(node), 'ip', '-j', ...flags, '-batch', '-'], batch(lines));
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
