/**
 * The row of established flows: between random states of one gateway, beside a container engine, the flows that both states let
 * pass to the same end go on, and the others stop. What each state lets pass is told by a table of its own, not by rules.
 */
import type { HostConnection, Program } from '../../server/host/connection.ts';
import { connectThrough } from '../../server/host/runner.ts';
import { applyModel } from '../../server/run/apply.ts';
import type { Model } from '../../server/flow/model.ts';
import { chance } from '../support/chance.ts';
import { startServers, startTalker } from '../support/flows/talk.ts';
import type { Talker } from '../support/flows/talk.ts';
import { buildYard, yardModel } from '../support/yard.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

interface State {
  readonly published: 'filter1' | 'filter2' | 'limited' | 'none';
  readonly other: boolean;
  readonly oneToOne: boolean;
  readonly inside: 'all' | 'filter2' | 'none';
  readonly denied: boolean;
  readonly host: boolean;
  readonly six: boolean;
  readonly datagrams: boolean;
}

/** Who answers a flow in a state; `null`: nobody. */
const FLOWS: readonly (readonly [
  flow: string,
  who: string,
  opens: string,
  answers: (state: State) => string | null,
])[] = [
  [
    'published',
    'internet',
    'tcp 203.0.113.9 198.51.100.11 25',
    ({ published }) => (published === 'filter1' || published === 'filter2' ? published : null),
  ],
  ['published-other', 'internet', 'tcp 203.0.113.9 198.51.100.12 25', ({ other }) => (other ? 'filter2' : null)],
  ['hairpin', 'filter1', 'tcp 10.50.0.11 198.51.100.12 25', ({ other }) => (other ? 'filter2' : null)],
  [
    'one-to-one',
    'internet',
    'tcp 203.0.113.9 198.51.100.13 5432',
    ({ oneToOne, inside }) => (oneToOne && inside !== 'none' ? 'rules' : null),
  ],
  ['inside', 'filter1', 'tcp 10.50.0.11 10.50.1.10 5432', ({ inside }) => (inside === 'all' ? 'rules' : null)],
  ['inside-other', 'filter2', 'tcp 10.50.0.12 10.50.1.10 5432', ({ inside }) => (inside === 'none' ? null : 'rules')],
  ['masqueraded', 'filter1', 'tcp 10.50.0.11 203.0.113.9 80', ({ denied }) => (denied ? null : 'internet')],
  ['masqueraded-6', 'filter1', 'tcp 2001:db8:50::11 2001:db8:beef::9 80', ({ denied }) => (denied ? null : 'internet')],
  ['guest-6', 'internet', 'tcp 2001:db8:beef::9 2001:db8:50::11 25', ({ six }) => (six ? 'filter1' : null)],
  ['host', 'internet', 'tcp 203.0.113.9 198.51.100.10 22', ({ host }) => (host ? 'server' : null)],
  ['by-udp', 'filter1', 'udp 10.50.0.11 10.50.1.10 53', ({ datagrams }) => (datagrams ? 'rules' : null)],
  ['container-out', 'container', 'tcp 172.17.0.2 203.0.113.9 80', () => 'internet'],
  ['container-published', 'internet', 'tcp 203.0.113.9 198.51.100.10 8080', () => 'container'],
  ['container-to-host', 'container', 'udp 172.17.0.2 172.17.0.1 80', () => 'server'],
  ['neighbours', 'filter1', 'udp 10.50.0.11 10.50.0.12 80', () => 'filter2'],
];

function modelIn(state: State): Model {
  return yardModel((text) => {
    const published = {
      filter1: '$&',
      filter2: '        - { listen: 198.51.100.11:25/tcp, to: filter2 }\n',
      limited: '        - { listen: 198.51.100.11:25/tcp, to: filter1, from: 198.51.100.8/29 }\n',
      none: '',
    };
    const sources = { all: '$&', filter2: '  - { allow: 5432/tcp, from: [filter2, internet], to: rules }\n', none: '' };
    const kept = [
      text.replace(/ {8}- .*198\.51\.100\.11:25.*\n/, published[state.published]),
      state.other ? undefined : / {8}- .*198\.51\.100\.12:25.*\n/,
      state.oneToOne ? undefined : / {6}one-to-one.*\n/,
      state.host ? undefined : / {2}- .*allow: 22\/tcp.*\n/,
      state.six ? undefined : / {2}- .*allow: 25\/tcp.*\n/,
    ].reduce<string>((rest, each) => (each instanceof RegExp ? rest.replace(each, '') : (each ?? rest)), '');
    const withSources = kept.replace(/ {2}- .*allow: 5432\/tcp.*\n/, sources[state.inside]);
    const nothingPublished = state.published === 'none' && !state.other;
    return [
      nothingPublished ? withSources.replace(/ {6}publish:\n/, '') : withSources,
      state.datagrams ? '  - { allow: 53/udp, from: filters, to: rules }\n' : '',
      state.denied ? '  - { deny: any, from: filter1, to: internet }\n' : '',
    ].join('');
  });
}

type Through = (connection: HostConnection) => HostConnection;

async function open(through: Through = (same) => same): Promise<Rig> {
  const yard = await buildYard(false);
  const connection = through(connectThrough('server', yard.host.prefix));
  const talkers = new Map<string, Talker>();
  const apply = async (state: State): Promise<void> => {
    const run = await applyModel(modelIn(state), () => connection);
    const failed = run.hosts.find((host) => host.failure !== null);
    if (failed !== undefined) throw new Error(JSON.stringify(failed.failure));
  };
  const model = modelIn(randomState(0));
  await applyModel(model, () => connection);
  const nodes = new Map([
    ...(await yard.attach(model)),
    ['internet', yard.internet] as const,
    ['container', yard.container] as const,
  ]);
  for (const [name, { namespace }] of nodes) {
    await startServers(yard.scratch, namespace, name, [22, 25, 53, 80, 5432]);
    talkers.set(name, startTalker(yard.scratch, namespace));
  }
  await yard.serve('server', [22, 80]);
  // Otherwise the kernel takes up again what was cut too much, and nobody would notice.
  await yard.host.run('sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_loose=0');
  const say = (who: string, line: string): Promise<string> => {
    const talker = talkers.get(who);
    if (talker === undefined) throw new Error(`nobody is called ${who}`);
    return talker.say(line);
  };
  return {
    one: (seed) => tryChange(seed, apply, say),
    close: () => yard.close(),
  };
}

function randomState(seed: number): State {
  const from = chance(seed);
  return {
    published: from.pick(['filter1', 'filter2', 'limited', 'none']),
    other: !from.oneIn(3),
    oneToOne: !from.oneIn(3),
    inside: from.pick(['all', 'all', 'filter2', 'none']),
    denied: from.oneIn(3),
    host: !from.oneIn(3),
    six: !from.oneIn(3),
    datagrams: !from.oneIn(3),
  };
}

async function tryChange(
  seed: number,
  apply: (state: State) => Promise<void>,
  say: (who: string, line: string) => Promise<string>,
): Promise<Figures> {
  const [before, after] = [randomState(2 * seed), randomState(2 * seed + 1)];
  await apply(before);
  const flows = FLOWS.filter(([, , , answers]) => answers(before) !== null);
  for (const [flow, who, opens, answers] of flows)
    expectSame(seed, flow, await say(who, `open ${flow} ${opens}`), answers(before));
  await apply(after);
  let [cut, kept] = [0, 0];
  for (const [flow, who, , answers] of flows) {
    const same = answers(before) === answers(after);
    expectSame(seed, `${flow} after the change`, await say(who, `ask ${flow}`), same ? answers(after) : null);
    if (same) kept += 1;
    else cut += 1;
  }
  return { changes: 1, 'flows cut': cut, 'flows kept': kept };
}

function expectSame(seed: number, what: string, heard: string, expected: string | null): void {
  if (heard !== (expected ?? 'silence'))
    throw new Error(`seed ${String(seed)}: ${what}: ${heard}, and not ${expected ?? 'silence'}`);
}

/** Every program that handles flows, in place of what it is. */
function replacing(replace: (program: Program) => Program): Through {
  return (connection) => ({
    ...connection,
    async open(options) {
      const session = await connection.open(options);
      const run = (programs: readonly Program[]): ReturnType<typeof session.run> =>
        session.run(programs.map((each) => (each.argv.includes('perl') ? replace(each) : each)));
      return {
        host: session.host,
        run,
        close: () => session.close(),
        get started() {
          return session.started;
        },
      };
    },
  });
}

export const flows: TortureRow = {
  invariant: 'I2, I3 (established flows)',
  promise: 'flows that the new rules do not cover stop, those that they do go on',
  unit: 'changes with fifteen flows',
  target: 500,
  inCi: 3,
  open: () => open(),
  mutants: [
    { name: 'flows that are never cut', within: 4, open: () => open(replacing(() => ({ argv: ['true'] }))) },
    {
      name: 'all flows cut',
      within: 4,
      open: () =>
        open(
          replacing((program) => ({
            argv: ['sh', '-c', 'conntrack -F 2>/dev/null; exec "$@"', 'all', ...program.argv],
          })),
        ),
    },
  ],
};
