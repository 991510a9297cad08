/** What the rows of `scripts/bench apply` share: a topology with many guest ports, and machines of their own to run on. */
import { join } from 'node:path';
import { execa } from 'execa';

/** What a user runs. */
export const TRUNKLINE = join(import.meta.dirname, '../../trunkline');

/** What one row is measured with. */
export interface Rig {
  readonly ports: number;
  readonly pairs: number;
  /** The topology, as a file. */
  readonly file: string;
  /** For files of the row. */
  readonly folder: string;
}

/** A machine of its own: a network namespace and a /run. */
export const FRESH = [
  'unshare',
  '--net',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs none /run && mkdir /run/netns && ip link set lo up && sleep 0.3 && exec "$@"',
  'fresh',
] as const;

export function topology(ports: number): string {
  const guests = Array.from({ length: ports }, (_, index) => {
    const address = `10.0.${String(Math.floor(index / 250) + 1)}.${String((index % 250) + 1)}`;
    return `  g${String(index + 1)}: { on: here, nics: { apps: ${address} } }`;
  });
  return [
    'topology: bench',
    'networks: { apps: { subnet: 10.0.0.0/16 } }',
    'hosts: { here: { access: local, bridges: { br0: {} }, nics: { apps: 10.0.0.2 } } }',
    'gateways: { gw: { on: [here], runs: netns, nics: { apps: { address: 10.0.0.1 } } } }',
    'guests:',
    ...guests,
    '',
  ].join('\n');
}

export async function run(argv: readonly string[]): Promise<string> {
  const [file = '', ...args] = argv;
  return (await execa(file, args, { maxBuffer: 1e9 })).stdout;
}

/** A shell function that prints how many microseconds a program took. */
export const CLOCK =
  'clock() { start=$(date +%s%N); "$@" >"$OUT" 2>"$LOG" || { cat "$LOG" >&2; exit 1; }; echo $(( ($(date +%s%N) - start) / 1000 )); }';

/** Runs a script on a fresh machine, and answers with the numbers that it printed, in milliseconds where it printed microseconds. */
export async function timesOnFresh(
  script: string,
  folder: string,
  argv: readonly string[] = [],
): Promise<readonly number[]> {
  const { stdout } = await execa(FRESH[0], [...FRESH.slice(1), 'sh', '-c', `${CLOCK}; ${script}`, 'timed', ...argv], {
    // Its runs are nothing for this machine's own history.
    env: { LOG: join(folder, 'log'), OUT: join(folder, 'out'), XDG_STATE_HOME: folder },
  });
  return stdout.split('\n').map((line) => Number(line) / 1000);
}
