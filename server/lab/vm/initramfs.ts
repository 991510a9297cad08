/** The initramfs of the virtual machine: busybox, the few modules that it takes to reach the root, the agent, two scripts. */
import { chmod, copyFile, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { agentBinary } from '../agent-binary.ts';
import { runTool } from '../tool.ts';
import { INIT, INIT_ROOT } from './init.ts';
import type { StockKernel } from './kernel.ts';

export interface Start {
  /** What it takes to reach the root; all others are loaded by the kernel's own request once that is there. */
  readonly modules: readonly string[];
  /** The first process, a script for busybox; it finds the modules to load in `/modules/order`. */
  readonly init: string;
  /** A script that it may leave in the root. */
  readonly initRoot: string;
}

/** With the machine outside as its root. */
const IN_MEMORY: Start = {
  modules: ['virtio_pci', 'virtio_console', 'virtio_rng', 'virtiofs', 'overlay'],
  init: INIT,
  initRoot: INIT_ROOT,
};
const UNPACKERS: Readonly<Record<string, string>> = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' };

/** Writes `target`, by way of a folder beside it. */
export async function buildInitramfs(kernel: StockKernel, target: string, start = IN_MEMORY): Promise<void> {
  const root = `${target}.new`;
  await rm(root, { recursive: true, force: true });
  await mkdir(join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'modules'));
  await cp('/usr/bin/busybox', join(root, 'bin/busybox'), { dereference: true });
  await symlink('busybox', join(root, 'bin/sh'));
  await copyFile(await agentBinary(), join(root, 'agent'));
  await writeFile(join(root, 'init'), start.init);
  await writeFile(join(root, 'init-root'), start.initRoot);
  for (const program of ['agent', 'init', 'init-root']) await chmod(join(root, program), 0o755);
  await writeFile(join(root, 'parameters'), `MODULES=${quote(kernel.modules)}\nRELEASE=${quote(kernel.release)}\n`);

  const order: string[] = [];
  for (const file of await modulesInOrder(kernel, start.modules)) {
    const name = basename(file).replace(/\.ko(\.\w+)?$/, '.ko');
    await unpackModule(join(kernel.modules, file), join(root, 'modules', name));
    order.push(name);
  }
  await writeFile(join(root, 'modules/order'), order.map((name) => `${name}\n`).join(''));
  const pack = 'cd "$1" && find . | cpio -o -H newc --quiet | gzip -1 > "$2"';
  await runTool('pack the start of the virtual machine', ['sh', '-c', pack, 'sh', root, target]);
  await rm(root, { recursive: true, force: true });
}

/** One word for the shell inside. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Paths below the folder of modules, each after those that it depends on. What is built in has no line there. */
async function modulesInOrder(kernel: StockKernel, names: readonly string[]): Promise<readonly string[]> {
  const lines = (await readFile(join(kernel.modules, 'modules.dep'), 'utf8')).split('\n');
  const order = new Set<string>();
  for (const name of names) {
    const line = lines.find((each) => new RegExp(`/${name.replaceAll('_', '[_-]')}\\.ko[^/]*:`).test(each));
    if (line === undefined) continue;
    const [file = '', dependencies = ''] = line.split(':');
    // modules.dep names the nearest dependency first and the deepest last.
    for (const dependency of dependencies.split(' ').toReversed()) if (dependency !== '') order.add(dependency);
    order.add(file);
  }
  return [...order];
}

async function unpackModule(from: string, to: string): Promise<void> {
  const unpacker = UNPACKERS[extname(from)];
  if (unpacker === undefined) await copyFile(from, to);
  else await runTool('unpack a module', ['sh', '-c', `${unpacker} -dc "$1" > "$2"`, 'sh', from, to]);
}
