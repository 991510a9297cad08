/** Where the processes of a lab run: on this machine, or in the virtual one that its folder has. */
import { basename } from 'node:path';
import { agentBinary } from '../agent-binary.ts';
import { startCommand } from './channel.ts';
import { readMachine } from './standing.ts';
import type { Machine } from './standing.ts';

export interface Ground {
  /** Before a command that is to run there: nothing on this machine. */
  readonly within: readonly string[];
  /** The lab's folder as it is there, with the records and sockets of its nodes. */
  readonly folder: string;
  /** Whether nodes have to be in a user namespace there. */
  readonly rootless: boolean;
  readonly machine: Machine | null;
}

/** A machine that has died is no ground: nothing of the lab is anywhere then. */
export async function groundOf(labFolder: string): Promise<Ground> {
  const machine = await readMachine(labFolder);
  return machine?.state === 'standing' ? groundIn(machine, labFolder) : hereAt(labFolder);
}

function hereAt(folder: string): Ground {
  return { within: [], folder, rootless: (process.getuid?.() ?? 0) !== 0, machine: null };
}

async function groundIn(machine: Machine, labFolder: string): Promise<Ground> {
  const within = [await agentBinary(), 'in', machine.folder, '--'];
  // Inside everything is root's, whoever has the machine.
  return { within, folder: `/run/trunkline/lab/${basename(labFolder)}`, rootless: false, machine };
}

const ANSWER_MS = 20_000;

/** The nodes there, a line each: `NAME PID KIND SOCKET`; `null` where the machine does not answer. */
export async function listNodesThere(machine: Machine, { folder }: Ground): Promise<readonly string[] | null> {
  const said: Buffer[] = [];
  const running = startCommand(
    machine.folder,
    { argv: [await agentBinary(), 'list', folder] },
    { onOutput: (stream, bytes) => (stream === 'O' ? said.push(bytes) : undefined) },
  );
  const late = new Promise<null>((resolve) => setTimeout(resolve, ANSWER_MS, null).unref());
  const code = await Promise.race([running.ended.catch(() => null), late]);
  if (code === null) running.abandon();
  return code === 0 ? Buffer.concat(said).toString().split('\n').slice(0, -1) : null;
}
