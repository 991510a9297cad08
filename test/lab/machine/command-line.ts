/** The command line as a user has it, and a lab whose topology has a name that nobody else uses. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { labDown } from '../../../server/lab/index.ts';
import { labFolder } from '../../../server/lab/folder.ts';
import { livingProcess } from '../../../server/lab/process-record.ts';

export const MAIN = join(import.meta.dirname, '../../../server/cli/main.ts');

export interface Around {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Before the command: `unshare …`, `setpriv …`. */
  readonly prefix?: readonly string[];
}

export interface Said {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end. */
export async function trunkline(
  words: readonly string[],
  { input = '', env = {}, prefix = [] }: Around = {},
): Promise<Said> {
  const [program = '', ...args] = [...prefix, process.execPath, MAIN, ...words];
  const { exitCode, stdout, stderr } = await execa(program, args, { input, env, reject: false });
  return { exitCode, stdout, stderr };
}

export interface Topology {
  readonly name: string;
  /** A copy of its own. */
  readonly file: string;
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/** A shipped topology under a name of its own; `remove` takes its lab down too. */
export async function ownTopology(shipped: string): Promise<Topology> {
  const name = `vm-${randomBytes(4).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const file = join(folder, `${name}.yaml`);
  const text = await readFile(join(import.meta.dirname, '../../../topologies', shipped, `${shipped}.yaml`), 'utf8');
  await writeFile(file, text.replace(/^topology: .*$/m, `topology: ${name}`));
  const remove = async (): Promise<void> => {
    await labDown(name);
    await rm(folder, { recursive: true });
  };
  return { name, file, folder, remove };
}

/** Whether this machine's own kernel has 802.1Q, tried in a network of its own. */
export async function hasVlans(): Promise<boolean> {
  const lines = 'link add name br0 type bridge\nlink add link br0 name v0 type vlan id 5\n';
  const { exitCode } = await execa('unshare', ['--net', '--', 'ip', '-batch', '-'], { input: lines, reject: false });
  return exitCode === 0;
}

/** A process of a lab's machine; 0 where it does not live. */
export async function machinePid(topology: string, name: 'keeper' | 'qemu' | 'files'): Promise<number> {
  return (await livingProcess(join(labFolder(topology), 'machine'), name))?.pid ?? 0;
}

/** One that has ended may be listed for a moment, until somebody takes notice. */
export async function isLiving(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => '');
  return /\) [^ZX] /.test(stat);
}
