/** `apply` against `ip -batch`, `bridge -batch` and `nft -f` of exactly the commands that its plan shows. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ShownPlan } from '../../../server/flow/plan.ts';
import { measurePairs, show } from '../pairs.ts';
import { FRESH, run, timesOnFresh, TRUNKLINE } from './rig.ts';
import type { Rig } from './rig.ts';

export async function applyRow({ file, folder, pairs }: Rig): Promise<readonly string[]> {
  const saved = join(folder, 'plan.json');
  await run([...FRESH, TRUNKLINE, 'plan', file, '--summary', '-o', saved]);
  const plan = JSON.parse(await readFile(saved, 'utf8')) as ShownPlan;
  const script = await writeScript(folder, plan);
  const timed = async (...argv: readonly string[]): Promise<number> =>
    (await timesOnFresh('clock "$@"', folder, argv))[0] ?? NaN;
  const applied = await measurePairs(
    pairs,
    () => timed(TRUNKLINE, 'apply', file, '--yes'),
    () => timed('sh', script),
  );
  const commands = plan.hosts.flatMap((host) => host.steps.flatMap((step) => step.commands)).length;
  return [
    `apply / same commands in batches      ${show(applied.ratio)}`,
    `  apply                               ${show(applied.a, 0)} ms`,
    `  ${String(commands)} commands in batches            ${show(applied.b, 0)} ms`,
  ];
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
