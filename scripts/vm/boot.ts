/**
 * Boots a virtual machine once, with this machine's file system as its root (read only, under an overlay in memory), and
 * waits for its end. Uses hardware virtualisation where it works: on some nested machines /dev/kvm opens and the guest then
 * hangs before its first line, or QEMU aborts, so that line is waited for and the machine started again under emulation.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StockKernel } from './kernel.ts';

export interface Boot {
  readonly kernel: StockKernel;
  readonly initramfs: string;
  /** A folder of this run alone, for sockets and logs. */
  readonly work: string;
  readonly memoryMiB: number;
  readonly timeoutMs: number;
  readonly say: (line: string) => void;
}

export interface BootResult {
  /** Exit status of the command; `null` where the machine ended without telling it. */
  readonly status: number | null;
  readonly timedOut: boolean;
  /** What the kernel wrote on its serial console. */
  readonly console: string;
  readonly fetched: string;
}

type Accelerator = 'kvm' | 'tcg';

interface Unusable {
  readonly unusable: string;
}

/** The kernel ends the program when we end, however that happens: a killed test run leaves no machine behind. */
const DIES_WITH_US = ['--pdeathsig', 'KILL', '--'];
const FIRST_LINE_MS = 15_000;
const VIRTIOFSD = ['/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd', '/usr/bin/virtiofsd'];

export async function bootOnce(boot: Boot): Promise<BootResult> {
  if (mayUseKvm()) {
    const result = await runMachine(boot, 'kvm');
    if (!('unusable' in result)) return result;
    boot.say('a virtual machine does not start under this /dev/kvm: using software emulation');
  }
  const result = await runMachine(boot, 'tcg');
  if ('unusable' in result) throw new Error(`the virtual machine does not start: ${result.unusable}`);
  return result;
}

async function runMachine(boot: Boot, accelerator: Accelerator): Promise<BootResult | Unusable> {
  const file = (name: string): string => path.join(boot.work, name);
  for (const name of ['console', 'status', 'fetch']) writeFileSync(file(name), '');
  const output = await listenForOutput(file('output'));
  const files = await startVirtiofsd(file('virtiofs'), file('virtiofsd.log'));
  const machine = spawn('setpriv', [...DIES_WITH_US, 'qemu-system-x86_64', ...qemuArguments(boot, accelerator)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  machine.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const interruption = new AbortController();
  const interrupt = (): void => {
    interruption.abort();
    machine.kill('SIGKILL');
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const ended = endOf(machine);
    const first = await Promise.race([firstLine(file('console')), ended]);
    // Either way it never came to its first line: a nested /dev/kvm may also make QEMU abort at once.
    if (first !== 'lives' && statSync(file('console')).size === 0) return { unusable: complaints.trim() || 'it hangs' };
    boot.say(
      `running under ${accelerator === 'kvm' ? '/dev/kvm' : 'software emulation'}, kernel ${boot.kernel.release}`,
    );
    const last = await Promise.race([ended, sleep(boot.timeoutMs, 'timed-out' as const, { ref: false })]);
    if (last !== 'timed-out' && complaints !== '' && statSync(file('status')).size === 0) boot.say(complaints.trim());
    const status = readFileSync(file('status'), 'utf8').trim();
    return {
      status: interruption.signal.aborted ? 130 : /^\d+$/.test(status) ? Number(status) : null,
      timedOut: last === 'timed-out',
      console: readFileSync(file('console'), 'utf8'),
      fetched: file('fetch'),
    };
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await stop(machine);
    await stop(files);
    await output.close();
  }
}

function qemuArguments(boot: Boot, accelerator: Accelerator): readonly string[] {
  const file = (name: string): string => path.join(boot.work, name);
  const memory = `${String(boot.memoryMiB)}M`;
  // tsc=reliable and no_timer_check make the guest's clock run ten times too fast on a loaded machine.
  const append = [
    'console=ttyS0 panic=-1 mitigations=off cryptomgr.notests random.trust_cpu=on',
    ...(accelerator === 'tcg' ? ['tsc=unstable clocksource=acpi_pm'] : []),
  ].join(' ');
  const port = (name: string, backend: string): readonly string[] => [
    ...['-chardev', `${backend},id=${name}`],
    ...['-device', `virtserialport,chardev=${name},name=${name}`],
  ];
  return [
    ...(accelerator === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', 'max']),
    ...['-M', 'q35,memory-backend=m', '-smp', '2', '-m', memory],
    ...['-object', `memory-backend-memfd,id=m,size=${memory},share=on`],
    ...['-chardev', `socket,id=c,path=${file('virtiofs')}`],
    ...['-device', 'vhost-user-fs-pci,chardev=c,tag=host,queue-size=1024'],
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-serial-pci'],
    ...port('output', `socket,path=${file('output')}`),
    ...port('status', `file,path=${file('status')}`),
    ...port('fetch', `file,path=${file('fetch')}`),
    ...['-serial', `file:${file('console')}`],
    ...['-display', 'none', '-no-reboot', '-nodefaults', '-monitor', 'none', '-net', 'none'],
    ...['-kernel', boot.kernel.image, '-initrd', boot.initramfs, '-append', append],
  ];
}

/** What the command prints comes through a socket: QEMU's own standard output would need a standard input that never ends. */
async function listenForOutput(socketPath: string): Promise<{ close(): Promise<void> }> {
  const open: Promise<unknown>[] = [];
  const server = createServer((connection) => {
    connection.on('data', (chunk) => process.stdout.write(chunk));
    open.push(once(connection, 'close'));
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    async close(): Promise<void> {
      server.close();
      await Promise.all(open);
    },
  };
}

async function startVirtiofsd(socket: string, log: string): Promise<ChildProcess> {
  const program = VIRTIOFSD.find((each) => existsSync(each));
  if (program === undefined) throw new Error(`no virtiofsd at ${VIRTIOFSD.join(' or ')}: run scripts/setup --test`);
  const output = openSync(log, 'w');
  const args = [`--socket-path=${socket}`, '-o', 'source=/', '-o', 'cache=always', '-o', 'sandbox=chroot'];
  const daemon = spawn('setpriv', [...DIES_WITH_US, program, ...args], { stdio: ['ignore', output, output] });
  closeSync(output);
  const ended = endOf(daemon);
  for (let waitedMs = 0; !existsSync(socket); waitedMs += 20) {
    const state = await Promise.race([ended, sleep(20, 'waiting' as const)]);
    if (state !== 'waiting' || waitedMs > 10_000) {
      await stop(daemon);
      throw new Error(`${program} did not start:\n${readFileSync(log, 'utf8')}`);
    }
  }
  return daemon;
}

async function firstLine(console: string): Promise<'hangs' | 'lives'> {
  for (let waitedMs = 0; waitedMs < FIRST_LINE_MS; waitedMs += 50) {
    if (statSync(console).size > 0) return 'lives';
    await sleep(50);
  }
  return 'hangs';
}

function endOf(child: ChildProcess): Promise<'ended'> {
  return new Promise((resolve) => {
    child.once('error', () => {
      resolve('ended');
    });
    child.once('close', () => {
      resolve('ended');
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = endOf(child);
  child.kill('SIGKILL');
  await ended;
}

function mayUseKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false; // Not there, or not for us: emulation needs no right.
  }
}
