import { access, constants } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { filesPreload } from '../agent-binary.ts';
import { tryTool } from '../tool.ts';
import { debianArchitecture } from './archive.ts';

/** KVM where the processor virtualises, else everything is emulated by QEMU (some ten times slower). */
export type Accelerator = 'kvm' | 'tcg';

/** Commands that can run in a machine at the same time, each over a virtio port of its own. */
export const WAYS = 48;
/**
 * QEMU tells the guest of ports in a queue of 32 messages, three a port, and drops what does not fit: of more ports, some
 * would stay closed. Port 0 is for consoles.
 */
const WAYS_A_DEVICE = 8;
/** See keep.c: what QEMU finds open from here on. */
const WAY_FD = 10;
const FILES_FD = 3;

const VIRTIOFSD = ['/usr/libexec/virtiofsd', '/usr/lib/qemu/virtiofsd', '/usr/bin/virtiofsd'];

/** Tool or file, and Debian's package that has it. */
const TOOLS: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  depmod: 'kmod',
  cpio: 'cpio',
  gzip: 'gzip',
  busybox: 'busybox-static',
};

/** Throws `tool-missing` with the names of Debian's packages, `unsupported` on a machine of another sort. */
export async function checkMachineTools(): Promise<void> {
  debianArchitecture();
  const script =
    'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; for tool; do command -v "$tool" >/dev/null || echo "$tool"; done';
  const { stdout } = await tryTool(['sh', '-c', script, 'tools', ...Object.keys(TOOLS)]);
  const missing = stdout.split('\n').flatMap((tool) => TOOLS[tool] ?? []);
  if ((await findVirtiofsd()) === undefined) missing.push('qemu-system-common (Debian 13 and later: virtiofsd)');
  if (missing.length === 0) return;
  throw new Failure('tool-missing', 'The virtual lab needs packages that are not installed', {
    detail: missing.join(', '),
    toDo: [`Install them: scripts/setup --lab --vm, or apt-get install ${missing.map(firstWord).join(' ')}`],
  });
}

function firstWord(text: string): string {
  return text.split(' ')[0] ?? text;
}

async function findVirtiofsd(): Promise<string | undefined> {
  for (const path of VIRTIOFSD) {
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** The server of the files: this machine's whole tree, as far as this user may read it. It answers requests of one QEMU. */
export async function filesCommand(): Promise<readonly string[]> {
  const program = await findVirtiofsd();
  if (program === undefined) throw new Failure('tool-missing', 'virtiofsd is not installed');
  const command = [program, `--fd=${String(FILES_FD)}`, '-o', 'source=/', '-o', 'cache=always', '-o', 'sandbox=chroot'];
  // Without root it has to be root in a user namespace, where it may still do no more than this user.
  if ((process.geteuid?.() ?? 0) === 0) return command;
  // No `--`: that parts the two commands of the keeper.
  const preload = `LD_PRELOAD=${await filesPreload()}`;
  // A new user namespace makes the kernel forget that it is to end with the keeper.
  const bound = ['setpriv', '--pdeathsig', 'KILL'];
  return ['unshare', '--user', '--map-root-user', ...bound, 'env', preload, ...command, '--rlimit-nofile=0'];
}

export interface QemuOptions {
  readonly folder: string;
  readonly image: string;
  readonly initramfs: string;
  readonly memoryMiB: number;
  readonly accelerator: Accelerator;
}

export function qemuCommand(options: QemuOptions): readonly string[] {
  const memory = `${String(options.memoryMiB)}M`;
  const emulated = options.accelerator === 'tcg';
  // tsc=reliable and no_timer_check make the guest's clock run ten times too fast on a loaded machine.
  const append = [
    'console=ttyS0 panic=-1 mitigations=off cryptomgr.notests random.trust_cpu=on',
    ...(emulated ? ['tsc=unstable clocksource=acpi_pm'] : []),
  ].join(' ');
  return [
    'qemu-system-x86_64',
    ...(emulated ? ['-accel', 'tcg,thread=multi', '-cpu', 'max'] : ['-accel', 'kvm', '-cpu', 'host']),
    ...['-M', 'q35,memory-backend=m', '-smp', String(Math.min(4, availableParallelism())), '-m', memory],
    ...['-object', `memory-backend-memfd,id=m,size=${memory},share=on`],
    ...['-chardev', `socket,id=files,path=${inOption(join(options.folder, 'files.s'))}`],
    ...['-device', 'vhost-user-fs-pci,chardev=files,tag=host,queue-size=1024'],
    ...['-device', 'virtio-rng-pci'],
    ...wayArguments(WAYS),
    ...['-serial', `file:${join(options.folder, 'console')}`],
    ...['-display', 'none', '-no-reboot', '-nodefaults', '-monitor', 'none', '-net', 'none'],
    ...['-kernel', options.image, '-initrd', options.initramfs, '-append', append],
  ];
}

/** The virtio ports of so many ways in, each with the open file that the keeper leaves to QEMU. */
export function wayArguments(count: number): readonly string[] {
  const ways = Array.from({ length: count }, (_, index) => index);
  const devices = new Set(ways.map(device));
  return [
    ...[...devices].flatMap((name) => [
      '-device',
      `virtio-serial-pci,id=${name},max_ports=${String(WAYS_A_DEVICE + 1)}`,
    ]),
    ...ways.flatMap((way) => [
      ...['-chardev', `socket,id=way${String(way)},fd=${String(WAY_FD + way)}`],
      ...['-device', `virtserialport,bus=${device(way)}.0,chardev=way${String(way)},name=way${String(way)}`],
    ]),
  ];
}

/** A comma parts options of QEMU; two are one. */
function inOption(path: string): string {
  return path.replaceAll(',', ',,');
}

function device(way: number): string {
  return `ways${String(Math.floor(way / WAYS_A_DEVICE))}`;
}

/** Whether /dev/kvm may be used; that it opens does not mean that a guest starts under it. */
export async function mayUseKvm(): Promise<boolean> {
  return access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false, // Not there, or not for us: emulation needs no right.
  );
}
