import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Accelerator } from '../../../server/lab/vm/qemu.ts';
import { wayArguments } from '../../../server/lab/vm/qemu.ts';

/** Commands that can run in it at the same time. */
export const WAYS = 8;

export interface Hardware {
  readonly folder: string;
  /** The kernel and its initramfs. */
  readonly image: string;
  readonly initramfs: string;
  readonly disk: string;
  readonly memoryMiB: number;
  readonly accelerator: Accelerator;
  /** Name inside, and the wire that it is on: NICs on wires of one name see each other, and nobody else. */
  readonly nics: Readonly<Record<string, string>>;
}

export function diskQemuCommand(hardware: Hardware): readonly string[] {
  const { folder, accelerator, nics } = hardware;
  const memory = `${String(hardware.memoryMiB)}M`;
  const emulated = accelerator === 'tcg';
  const append = [
    'console=ttyS0 panic=-1 mitigations=off cryptomgr.notests random.trust_cpu=on',
    // See server/lab/vm/qemu.ts for the clock.
    ...(emulated ? ['tsc=unstable clocksource=acpi_pm'] : []),
    ...Object.keys(nics).map((name) => `nic=${name}@${macOf(name)}`),
  ].join(' ');
  return [
    'qemu-system-x86_64',
    ...(emulated ? ['-accel', 'tcg,thread=multi', '-cpu', 'max'] : ['-accel', 'kvm', '-cpu', 'host']),
    ...['-M', 'q35,memory-backend=m', '-smp', String(Math.min(4, availableParallelism())), '-m', memory],
    ...['-object', `memory-backend-memfd,id=m,size=${memory},share=on`],
    ...['-chardev', `socket,id=files,path=${join(folder, 'files.s')}`],
    ...['-device', 'vhost-user-fs-pci,chardev=files,tag=host,queue-size=1024'],
    ...['-device', 'virtio-rng-pci'],
    // What the guest has flushed reaches the file, and so survives the end of QEMU, but does not wait for the machine's own disk.
    ...['-drive', `file=${hardware.disk},format=qcow2,if=virtio,cache=unsafe`],
    ...wayArguments(WAYS),
    ...nicArguments(nics),
    ...['-serial', `file:${join(folder, 'console')}`],
    // A machine that starts anew is started by us: nothing of the former one is left in it.
    ...['-display', 'none', '-no-reboot', '-nodefaults', '-monitor', 'none'],
    ...['-kernel', hardware.image, '-initrd', hardware.initramfs, '-append', append],
  ];
}

function nicArguments(nics: Hardware['nics']): readonly string[] {
  const wires = [...new Set(Object.values(nics))];
  return Object.entries(nics).flatMap(([name, wire]) => [
    ...['-netdev', `hubport,id=${name},hubid=${String(wires.indexOf(wire))}`],
    ...['-device', `virtio-net-pci,netdev=${name},mac=${macOf(name)}`],
  ]);
}

/** Always the same for a name, of QEMU's range. */
export function macOf(name: string): string {
  const bytes = [...createHash('sha256').update(name).digest().subarray(0, 3)];
  return ['52:54:00', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
