import { execa } from 'execa';
import { Failure } from '../core/failure.ts';
import type { Json } from '../core/json.ts';

export const TOOL_ENV = { PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`, LC_ALL: 'C' };

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of this machine and gives how it ended; `onLine` is called for every line that it writes. Throws
 * `tool-missing` where it is not installed.
 */
export async function tryTool(argv: readonly string[], stdin = '', onLine?: () => void): Promise<ToolResult> {
  const [file = '', ...args] = argv;
  const child = execa(file, args, {
    input: stdin,
    reject: false,
    stripFinalNewline: false,
    env: TOOL_ENV,
  });
  if (onLine !== undefined)
    child.stdout.on('data', (data: Buffer | string) => {
      for (const byte of data.toString()) if (byte === '\n') onLine();
    });
  const result = await child;
  if (result.code === 'ENOENT') {
    throw new Failure('tool-missing', `${file} is not installed`, {
      detail: 'The lab needs util-linux, iproute2 and nftables.',
    });
  }
  return { exitCode: result.exitCode ?? 128, stdout: result.stdout, stderr: result.stderr };
}

/** The same, and throws `lab` where it fails. `purpose` completes "The lab could not …". */
export async function runTool(purpose: string, argv: readonly string[], stdin = ''): Promise<string> {
  const { exitCode, stdout, stderr } = await tryTool(argv, stdin);
  if (exitCode === 0) return stdout;
  throw failedTool(purpose, stderr, stdin);
}

/** Why a tool failed, with the line of its batch where it names one. */
export function failedTool(purpose: string, stderr: string, stdin: string): Failure {
  const line = /^Command failed -:(\d+)$/m.exec(stderr)?.[1];
  const failed = line === undefined ? '' : `\nThe line was: ${stdin.split('\n')[Number(line) - 1] ?? ''}`;
  return new Failure('lab', `The lab could not ${purpose}`, { detail: `${stderr.trim().slice(0, 2000)}${failed}` });
}

/** Objects as `ip -j` writes them, a list for each command of a batch. */
export type IpListings = readonly (readonly IpObject[])[];
export type IpObject = Readonly<Record<string, Json>>;

/** It leaves control bytes in names and aliases as they are. */
export function parseIpJson(text: string): IpListings {
  return text
    .split('\n')
    .filter((line) => line.startsWith('['))
    .map((line) => {
      const clean = line.replace(
        /[\x00-\x1f\x7f]/g,
        (byte) => `\\u00${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
      );
      const list: unknown = JSON.parse(clean);
      return Array.isArray(list) ? (list as IpObject[]) : [];
    });
}

/** A string or number as text; anything else, which `ip` does not write there, as nothing. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Calls `work` for every item, at most `limit` at a time. The first that fails is thrown, after those under way ended. */
export async function eachLimited<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && failures.length === 0; item = queue.shift()) {
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, queue.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
