import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleCommand } from '../../scripts/bundle-command.ts';
import { buildBlob } from '../../scripts/warm/build.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** The command as it is shipped, built from the sources as they are now, with its launcher. */
export interface ShippedCommand {
  readonly folder: string;
  readonly launcher: string;
  readonly run: (args: readonly string[], limitMs: number) => Promise<Ended>;
  readonly remove: () => void;
}

export interface Ended {
  /** `null` where it had to be stopped at the limit. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The most memory that the process ever had, in MiB. */
  readonly peakMb: number;
}

export async function shipCommand(): Promise<ShippedCommand> {
  const folder = mkdtempSync(path.join(tmpdir(), 'trunkline-shipped-'));
  mkdirSync(path.join(folder, 'scripts'));
  await bundleCommand(ROOT, path.join(folder, 'dist'));
  await buildBlob(ROOT, path.join(folder, 'dist'));
  symlinkSync(process.execPath, path.join(folder, 'dist/node'));
  const launcher = path.join(folder, 'scripts/trunkline');
  cpSync(path.join(ROOT, 'scripts/trunkline'), launcher);
  const lastWords = path.join(folder, 'last-words.cjs');
  writeFileSync(lastWords, LAST_WORDS);
  return {
    folder,
    launcher,
    run: (args, limitMs) => runToEnd(launcher, args, { lastWords, limitMs }),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Has the process write its own peak down when it ends: nobody else could read it then. */
const LAST_WORDS = `const { readFileSync, writeSync } = require('node:fs');
process.on('exit', () => writeSync(3, /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]));
`;

function runToEnd(
  program: string,
  args: readonly string[],
  { lastWords, limitMs }: { readonly lastWords: string; readonly limitMs: number },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, NODE_OPTIONS: `--require=${lastWords}`, TRUNKLINE_DEV: '' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const said = ['', '', '', ''];
    child.stdio.forEach((stream, index) =>
      stream?.on('data', (data: Buffer) => (said[index] = `${said[index] ?? ''}${data.toString()}`)),
    );
    const stop = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.once('error', reject);
    child.once('close', (exitCode) => {
      clearTimeout(stop);
      resolve({ exitCode, stdout: said[1] ?? '', stderr: said[2] ?? '', peakMb: Number(said[3]) / 1024 });
    });
  });
}
