/** Programs that ran, and commands as a plan shows them, in one form: a line for each that can be compared. */
import type { ShownPlan } from '../../../server/flow/plan.ts';
import type { Program } from '../../../server/host/connection.ts';

/** Of the programs that were run for the batches of a plan. */
export function programsText(programs: readonly Program[]): readonly string[] {
  const swept: string[] = [];
  const lines = programs.flatMap((program) => {
    const { argv } = program;
    const input = (program.stdin?.toString() ?? '').replace(/\n+$/, '');
    if (argv[0] === 'true' || argv.includes('perl')) return [];
    if (argv[3] === 'trunkline-sweep') {
      swept.push(...[...input.matchAll(/"ifname":"([^"]*)"/g)].map((each) => each[1] ?? ''));
      return [];
    }
    if (argv.includes('-batch')) {
      const head = argv.slice(0, argv.indexOf('-batch')).join(' ');
      return input.split('\n').map((line) => `${head} ${line}`);
    }
    if (argv.includes('nft')) return input.split('\n').map((line) => `${argv.join(' ')} | ${line}`);
    if (argv[3] === 'trunkline-file') return [`file ${argv.at(-1) ?? ''} | ${input}`];
    const scope = argv[0] === 'ip' ? `${argv.slice(0, 4).join(' ')} ` : '';
    return input.split('\n').map((line) => {
      const [path = '', value = ''] = line.split(' ');
      const [optional, name] = path.startsWith('?') ? ['-e ', path.slice(1)] : ['', path];
      return `${scope}sysctl ${optional}-q -w ${name}=${value}`;
    });
  });
  // A group that is deleted holds what the lines before have put there, and nothing else.
  const gathered = lines.flatMap((line) => / link set dev (\S+) .*\bgroup \S+/.exec(line)?.[1] ?? []);
  const strangers = swept.filter((device) => !gathered.includes(device));
  if (strangers.length > 0)
    throw new Error(`deleted with a group that they were not put into: ${strangers.join(', ')}`);
  return lines;
}

/** Where flows were looked at, or cut: the namespace, or nothing for the host itself. */
export function flowScopes(programs: readonly Program[]): readonly string[] {
  return programs.flatMap(({ argv }) => (argv.includes('perl') ? [argv[0] === 'ip' ? (argv[3] ?? '') : ''] : []));
}

export function shownText(plan: ShownPlan): readonly string[] {
  return plan.hosts.flatMap(({ steps }) =>
    steps.flatMap(({ commands }) =>
      commands.flatMap(({ argv, stdin }) => {
        const input = (stdin ?? '').replace(/\n+$/, '');
        if (argv[0] === 'tee') return [`file ${argv[1] ?? ''} | ${input}`];
        if (argv[0] === 'rm') return [`file ${argv.at(-1) ?? ''} | `];
        if (stdin !== null) return input.split('\n').map((line) => `${argv.join(' ')} | ${line}`);
        return [argv.join(' ')];
      }),
    ),
  );
}
