/** The initramfs of the virtual machine: busybox, the few modules that it takes to reach the root, and two scripts. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StockKernel } from './kernel.ts';
import { runTool } from './tool.ts';

/** All others are loaded by the kernel's own request once the root is there. */
const NEEDED_FOR_ROOT = ['virtio_pci', 'virtio_console', 'virtio_rng', 'virtiofs', 'overlay'];
const UNPACKERS: Readonly<Record<string, string>> = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' };

export function buildInitramfs(kernel: StockKernel, parameters: string, target: string): void {
  const root = mkdtempSync(path.join(tmpdir(), 'trunkline-initramfs-'));
  try {
    mkdirSync(path.join(root, 'bin'));
    mkdirSync(path.join(root, 'modules'));
    cpSync('/usr/bin/busybox', path.join(root, 'bin/busybox'), { dereference: true });
    symlinkSync('busybox', path.join(root, 'bin/sh'));
    for (const script of ['init', 'init-root']) {
      cpSync(path.join(import.meta.dirname, script), path.join(root, script));
      chmodSync(path.join(root, script), 0o755);
    }
    writeFileSync(path.join(root, 'parameters'), parameters);

    const order: string[] = [];
    for (const file of modulesInOrder(kernel)) {
      const name = path.basename(file).replace(/\.ko(\.\w+)?$/, '.ko');
      unpackModule(path.join(kernel.modules, file), path.join(root, 'modules', name));
      order.push(name);
    }
    writeFileSync(path.join(root, 'modules/order'), order.map((name) => `${name}\n`).join(''));
    runTool('sh', ['-c', 'find . | cpio -o -H newc --quiet | gzip -1 > "$1"', 'sh', target], { cwd: root });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Paths below the folder of modules, each after those that it depends on. What is built in has no line there. */
function modulesInOrder(kernel: StockKernel): readonly string[] {
  const lines = readFileSync(path.join(kernel.modules, 'modules.dep'), 'utf8').split('\n');
  const order = new Set<string>();
  for (const name of NEEDED_FOR_ROOT) {
    const line = lines.find((each) => new RegExp(`/${name.replaceAll('_', '[_-]')}\\.ko[^/]*:`).test(each));
    if (line === undefined) continue;
    const [file = '', dependencies = ''] = line.split(':');
    // modules.dep names the nearest dependency first and the deepest last.
    for (const dependency of dependencies.split(' ').toReversed()) if (dependency !== '') order.add(dependency);
    order.add(file);
  }
  return [...order];
}

function unpackModule(from: string, to: string): void {
  const unpacker = UNPACKERS[path.extname(from)];
  if (unpacker === undefined) cpSync(from, to);
  else runTool('sh', ['-c', `${unpacker} -dc "$1" > "$2"`, 'sh', from, to]);
}
