/**
 * How much the whole `apply` costs over the kernel's own work: `trunkline apply` of one host with many guest ports, against
 * `ip -batch`, `bridge -batch` and `nft -f` of exactly the commands that its plan shows. Both in fresh namespaces, in turn.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ShownPlan } from '../../server/flow/plan.ts';
import { hostsRow } from './apply/hosts.ts';
import { measurePairs, show, timeMs } from './pairs.ts';

const PORTS = Number(process.env['PORTS'] ?? 1000);
const PAIRS = Number(process.env['PAIRS'] ?? 7);
const TRUNKLINE = join(import.meta.dirname, '../../dist/trunkline.mjs');

/** A machine of its own for one measurement: a network namespace and a /run. */
const FRESH = [
  'unshare',
  '--net',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs none /run && mkdir /run/netns && ip link set lo up && sleep 0.3 && exec "$@"',
  'fresh',
];

function topology(ports: number): string {
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

/** A shell script of the plan's commands, each run of one tool as the one batch that it is. */
async function writeScript(folder: string, plan: ShownPlan): Promise<string> {
  const runs: { readonly argv: readonly string[]; readonly lines: string[] }[] = [];
  for (const { argv, stdin } of plan.hosts.flatMap((host) => host.steps.flatMap((step) => step.commands))) {
    const [batch, line] = batchForm(argv, stdin);
    const last = runs.at(-1);
    if (last?.argv.join(' ') === batch.join(' ')) last.lines.push(line);
    else runs.push({ argv: batch, lines: [line] });
  }
  const script = ['set -e'];
  for (const [index, { argv, lines }] of runs.entries()) {
    const file = join(folder, `batch-${String(index)}`);
    await writeFile(file, `${lines.join('\n')}\n`);
    script.push(`${argv.map((word) => `'${word}'`).join(' ')} <${file}`);
  }
  const path = join(folder, 'commands.sh');
  await writeFile(path, `${script.join('\n')}\n`);
  return path;
}

const WRITE_SYSCTLS = 'while read -r path value; do echo "$value" >"/proc/sys/$path"; done';

function batchForm(argv: readonly string[], stdin: string | null): readonly [readonly string[], string] {
  const sysctl = argv.indexOf('sysctl');
  if (sysctl >= 0) {
    const [path = '', value = ''] = (argv.at(-1) ?? '').split('=');
    return [[...argv.slice(0, sysctl), 'sh', '-c', WRITE_SYSCTLS], `${path} ${value}`];
  }
  if (stdin !== null) return [argv, stdin.trimEnd()];
  const named = argv[1] === '-n' ? 3 : 1;
  return [[...argv.slice(0, named), '-batch', '-'], argv.slice(named).join(' ')];
}

async function run(argv: readonly string[]): Promise<string> {
  const [file = '', ...args] = argv;
  return (await execa(file, args, { maxBuffer: 1e9 })).stdout;
}

const folder = await mkdtemp(join(tmpdir(), 'trunkline-bench-'));
try {
  const file = join(folder, 'bench.yaml');
  await writeFile(file, topology(PORTS));
  const saved = join(folder, 'plan.json');
  await run([...FRESH, process.execPath, TRUNKLINE, 'plan', file, '--summary', '-o', saved]);
  const plan = JSON.parse(await readFile(saved, 'utf8')) as ShownPlan;
  const script = await writeScript(folder, plan);

  const apply = (): Promise<number> => timed([process.execPath, TRUNKLINE, 'apply', file, '--yes']);
  const bare = (): Promise<number> => timed(['sh', script]);
  const applied = await measurePairs(PAIRS, apply, bare);
  const started = await measurePairs(
    15,
    () => timeMs(() => run([process.execPath, TRUNKLINE, '--version'])),
    () => timeMs(() => run([process.execPath, '-e', '0'])),
  );
  const commands = plan.hosts.flatMap((host) => host.steps.flatMap((step) => step.commands)).length;
  console.log(
    `${String(PORTS)} guest ports, ${String(commands)} commands, ${String(PAIRS)} pairs; median (min to max)`,
  );
  console.log(`apply / same commands in batches      ${show(applied.ratio)}`);
  console.log(`  apply                               ${show(applied.a, 0)} ms`);
  console.log(`  same commands in batches            ${show(applied.b, 0)} ms`);
  console.log(`trunkline --version / empty Node      ${show(started.ratio)}`);
  for (const line of await hostsRow()) console.log(line);
} finally {
  await rm(folder, { recursive: true });
}

/** Time of the program alone: making the namespace and letting it settle do not count. */
async function timed(argv: readonly string[]): Promise<number> {
  const clock =
    'start=$(date +%s%N); "$@" >/dev/null 2>"$LOG" || { cat "$LOG" >&2; exit 1; }; echo $(( ($(date +%s%N) - start) / 1000 ))';
  const { stdout } = await execa(FRESH[0] ?? '', [...FRESH.slice(1), 'sh', '-c', clock, 'timed', ...argv], {
    // Its runs are nothing for this machine's own history.
    env: { LOG: join(folder, 'log'), XDG_STATE_HOME: folder },
  });
  return Number(stdout.trim()) / 1000;
}
