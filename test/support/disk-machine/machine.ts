/**
 * A machine of a test's own: Debian with systemd on a disk that survives reboots and power cuts, under Debian's stock kernel.
 * The files of the machine outside are at `/host`, read only. It ends with this process at the latest, however that ends.
 */
import { realpathSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { diskImage, imageCache } from '../../../scripts/vm/disk/image.ts';
import type { HostConnection } from '../../../server/host/connection.ts';
import { connectThrough } from '../../../server/host/runner.ts';
import { agentBinary } from '../../../server/lab/agent-binary.ts';
import { endNodes } from '../../../server/lab/nodes.ts';
import type { CommandResult, RunningCommand, Stream } from '../../../server/lab/vm/channel.ts';
import { runCommand, startCommand } from '../../../server/lab/vm/channel.ts';
import { buildInitramfs } from '../../../server/lab/vm/initramfs.ts';
import { fetchKernel } from '../../../server/lab/vm/kernel.ts';
import { shipCommand } from '../shipped-command.ts';
import { DISK_INIT, DISK_MODULES } from './init.ts';
import { startOnDisk, untilEnded } from './start.ts';

export interface DiskMachine {
  /** Runs a program to its end, whatever its exit code. */
  readonly run: (argv: readonly string[], stdin?: string) => Promise<CommandResult>;
  /** Runs a script and gives what it printed; throws with its stderr where it fails. */
  readonly sh: (script: string, ...args: readonly string[]) => Promise<string>;
  /** As one of Trunkline's hosts: what runs in it is a session, and the thinking is done outside, where it is ten times faster. */
  readonly connection: HostConnection;
  /** Runs Trunkline in it, as it is shipped, from the sources as they are. */
  readonly trunkline: (args: readonly string[], stdin?: string) => Promise<CommandResult>;
  /** Starts a program and goes on; what it writes is handed over as it comes. */
  readonly start: (argv: readonly string[], onOutput: (stream: Stream, text: string) => void) => RunningCommand;
  /** As a person does it; back when it has started again. */
  readonly reboot: () => Promise<void>;
  /** As a person does it; `boot` starts it again. */
  readonly shutDown: () => Promise<void>;
  /** In the middle of whatever it does: what it had not written through to its disk is lost. */
  readonly cutPower: () => Promise<void>;
  readonly boot: () => Promise<void>;
  /** All that the kernel and systemd wrote on the serial console since the last start. */
  readonly console: () => Promise<string>;
  /** Ends it, and removes its disk. */
  readonly close: () => Promise<void>;
}

export interface DiskMachineOptions {
  /** Names of NICs inside, each with the name of the wire that it is plugged into. */
  readonly nics?: Readonly<Record<string, string>>;
  readonly memoryMiB?: number;
}

const ENVIRONMENT = { HOME: '/root', LC_ALL: 'C.UTF-8', NO_COLOR: '1' };

/** Makes the image first where there is none yet, which takes minutes. Throws with what the machine said where it does not start. */
export async function openDiskMachine({ nics = {}, memoryMiB = 1024 }: DiskMachineOptions = {}): Promise<DiskMachine> {
  const say = (line: string): void => {
    console.error(`disk-machine: ${line}`);
  };
  const base = await diskImage(imageCache(), say);
  const kernel = await fetchKernel(imageCache(), say);
  const shipped = await shipCommand();
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-disk-'));
  const [disk, initramfs] = [join(folder, 'disk.qcow2'), join(folder, 'initramfs')];
  const boot = (): Promise<void> => startOnDisk({ folder, image: kernel.image, initramfs, disk, memoryMiB, nics });
  const close = async (): Promise<void> => {
    await endNodes(folder, 'all');
    await rm(folder, { recursive: true, force: true });
    shipped.remove();
  };
  try {
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base, disk]);
    await buildInitramfs(kernel, initramfs, { modules: DISK_MODULES, init: DISK_INIT, initRoot: '' });
    await boot();
  } catch (error) {
    await close();
    throw error;
  }
  // The history of whoever runs it is not of the machine that is looked at.
  const state = ['env', 'XDG_STATE_HOME=/root/.local/state'];
  const command = [
    ...state,
    `/host${realpathSync(process.execPath)}`,
    `/host${realpathSync(shipped.folder)}/dist/trunkline.mjs`,
  ];
  const connection = connectThrough('here', [await agentBinary(), 'in', folder, '--']);
  return { ...commandsOf(folder, command), connection, ...powerOf(folder, boot), boot, close };
}

type Commands = Pick<DiskMachine, 'run' | 'sh' | 'trunkline' | 'start'>;

function commandsOf(folder: string, command: readonly string[]): Commands {
  const run: DiskMachine['run'] = (argv, stdin = '') =>
    runCommand(folder, { argv, cwd: '/root', env: ENVIRONMENT }, stdin);
  const start: DiskMachine['start'] = (argv, onOutput) => {
    const onBytes = (stream: Stream, bytes: Buffer): void => {
      onOutput(stream, bytes.toString());
    };
    return startCommand(folder, { argv, cwd: '/root', env: ENVIRONMENT }, { onOutput: onBytes });
  };
  return {
    run,
    start,
    async sh(script, ...args) {
      const { exitCode, stdout, stderr } = await run(['sh', '-e', '-c', script, 'sh', ...args]);
      if (exitCode !== 0) throw new Error(`ended with ${String(exitCode)}: ${script}\n${stdout}${stderr}`);
      return stdout;
    },
    trunkline: (args, stdin) => run([...command, ...args], stdin),
  };
}

type Power = Pick<DiskMachine, 'reboot' | 'shutDown' | 'cutPower' | 'console'>;

function powerOf(folder: string, boot: () => Promise<void>): Power {
  const leave = async (verb: 'reboot' | 'poweroff', lastLine: string): Promise<void> => {
    const { exitCode, stderr } = await runCommand(folder, { argv: ['systemctl', '--no-block', verb] });
    if (exitCode !== 0) throw new Error(`systemctl ${verb}: ${stderr}`);
    await untilEnded(folder, lastLine);
  };
  return {
    shutDown: () => leave('poweroff', 'reboot: Power down'),
    async reboot() {
      await leave('reboot', 'reboot: Restarting system');
      await boot();
    },
    async cutPower() {
      await endNodes(folder, 'all');
    },
    console: () => readFile(join(folder, 'console'), 'utf8'),
  };
}
