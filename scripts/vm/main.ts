/**
 * `scripts/vm/run [--timeout SECONDS] [--fetch FILE] -- COMMAND…`: boots Debian's stock kernel in a virtual machine whose root is this
 * machine's file system (what is written there is gone afterwards), runs the command inside as root in the present folder,
 * streams its output and ends with its exit status. `--fetch` brings one file back to the same path.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bootOnce } from './boot.ts';
import { buildInitramfs } from './initramfs.ts';
import { fetchKernel, type StockKernel } from './kernel.ts';

const USAGE = 'usage: scripts/vm/run [--timeout SECONDS] [--fetch FILE] -- COMMAND…';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { timeout: { type: 'string', default: '900' }, fetch: { type: 'string' } },
});
process.exitCode = await runInVm(positionals, Number(values.timeout), values.fetch);

async function runInVm(command: readonly string[], timeoutS: number, fetch: string | undefined): Promise<number> {
  if (command.length === 0 || !(timeoutS > 0)) return complain(USAGE, 64);
  if (process.getuid?.() !== 0)
    return complain('the virtual machine shares this file system as root: run this as root', 1);
  if (process.arch !== 'x64') return complain('the virtual machine is made for x86-64 only', 1);
  const missing = missingTools();
  if (missing.length > 0) return complain(`${missing.join(', ')} missing: run scripts/setup --test`, 1);

  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'trunkline/vm');
  const kernel = fetchKernel(cache, say);
  const work = mkdtempSync(path.join(tmpdir(), 'trunkline-vm-'));
  try {
    const initramfs = path.join(work, 'initramfs');
    buildInitramfs(kernel, parameters(kernel, command, fetch), initramfs);
    const result = await bootOnce({ kernel, initramfs, work, memoryMiB: 2048, timeoutMs: timeoutS * 1000, say });
    if (fetch !== undefined && statSync(result.fetched).size > 0) copyFileSync(result.fetched, path.resolve(fetch));
    if (result.timedOut) return complain(`still running after ${String(timeoutS)} s: stopped`, 124);
    if (result.status === null)
      return complain(`the virtual machine broke down; its console:\n${tail(result.console)}`, 125);
    return result.status;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What `init-root` reads, as text for its shell: every word in single quotes. */
function parameters(kernel: StockKernel, command: readonly string[], fetch: string | undefined): string {
  const environment = ['CI', 'PATH', 'NO_COLOR', 'TRUNKLINE_DEV'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [`export ${name}=${quote(value)}\n`];
  });
  return [
    `MODULES=${quote(kernel.modules)}\n`,
    `RELEASE=${quote(kernel.release)}\n`,
    `DIRECTORY=${quote(process.cwd())}\n`,
    `FETCH=${quote(fetch === undefined ? '' : path.resolve(fetch))}\n`,
    ...environment,
    'export TRUNKLINE_VM=1\n',
    `run_command() { ${command.map(quote).join(' ')}; }\n`,
  ].join('');
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function missingTools(): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(':');
  const tools = ['qemu-system-x86_64', 'apt-get', 'dpkg-deb', 'depmod', 'cpio', 'busybox'];
  return tools.filter((tool) => !folders.some((folder) => existsSync(path.join(folder, tool))));
}

function tail(text: string): string {
  return text.split('\n').slice(-30).join('\n');
}

function say(line: string): void {
  console.error(`vm: ${line}`);
}

function complain(line: string, exitCode: number): number {
  say(line);
  return exitCode;
}
