import { execa } from 'execa';
import { sshArguments } from './ssh-target.ts';
import type { SshTarget } from './ssh-target.ts';

/** What ssh_config(5), the user's and the machine's, says of the way to a host. */
export interface SshWay {
  /** It leads over another host, which all that are behind it share. */
  readonly overOthers: boolean;
  /** Keys are exchanged by an algorithm that takes a while, and nobody has asked for it. */
  readonly slowExchange: boolean;
}

/** Where ssh does not answer, nothing is taken for granted: why it does not, the connection itself tells. */
const UNKNOWN: SshWay = { overOthers: true, slowExchange: false };

export function sshWay(target: SshTarget): Promise<SshWay> {
  const args = sshArguments(target, {});
  const key = args.join('\0');
  const now = Date.now();
  const last = known.get(key);
  if (last !== undefined && now < last.untilMs) return last.way;
  const way = readWay(args);
  known.set(key, { untilMs: now + KNOWN_MS, way });
  return way;
}

/** A file that somebody edits counts soon after; a run asks several times. */
const KNOWN_MS = 60_000;
const known = new Map<string, { readonly untilMs: number; readonly way: Promise<SshWay> }>();

async function readWay(args: readonly string[]): Promise<SshWay> {
  const [own, plain] = await Promise.all([settings(args), plainSettings()]);
  if (own === undefined || plain === undefined) return UNKNOWN;
  const exchange = own.get('kexalgorithms') ?? '';
  const isSet = (name: string): boolean => (own.get(name) ?? 'none') !== 'none';
  return {
    overOthers: isSet('proxyjump') || isSet('proxycommand'),
    slowExchange: exchange.startsWith('sntrup761') && exchange === plain.get('kexalgorithms'),
  };
}

type Settings = ReadonlyMap<string, string> | undefined;

let plain: Promise<Settings> | undefined;

/** Of a host that no configuration says anything about. */
function plainSettings(): Promise<Settings> {
  plain ??= settings(['-F', 'none', '--', 'localhost']);
  return plain;
}

/** A `Match exec` of the user's may take its time. */
const ANSWER_MS = 10_000;

/** `ssh -G`: what it would do, and connects nowhere. */
async function settings(args: readonly string[]): Promise<Settings> {
  const { exitCode, stdout } = await execa('ssh', ['-G', ...args], {
    stdin: 'ignore',
    reject: false,
    timeout: ANSWER_MS,
  });
  if (exitCode !== 0) return undefined;
  return new Map(
    stdout.split('\n').map((line) => {
      const blank = line.indexOf(' ');
      return [line.slice(0, blank), line.slice(blank + 1)];
    }),
  );
}
