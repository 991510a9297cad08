/**
 * The two members of a cluster, and what may happen to either while connections go through it: hosts and cables lost, halves that
 * do not hear each other, lossy links, programs that stand still, die, end or are told something else. Whatever it was, there is
 * one owner of the addresses when it is over, whoever took over keeps them, and no connection was lost.
 */
import { setTimeout } from 'node:timers/promises';
import { CUT, labConnection } from '../../server/lab/index.ts';
import { applyModel } from '../../server/run/apply.ts';
import { clusterModel, MEMBERS, openCluster, OTHER } from '../support/cluster.ts';
import type { Cluster, Member } from '../support/cluster.ts';
import { streamsDuring } from '../support/streams.ts';
import { diceOf } from './own-path/dice.ts';
import type { Dice } from './own-path/dice.ts';
import type { Figures, Mutant, Rig, TortureRow } from './row.ts';

const STREAMS = { from: 'web', to: 'internet', address: '203.0.113.10', port: 443, count: 20, seconds: 7 };
/** How long a fault lasts: from less than is noticed to more than everybody waits. */
const SHORTEST_MS = 100;
const LONGEST_MS = 2600;

/** Answers with who has to be master when all is over, where that is certain. */
type Trial = (cluster: Cluster, first: Member, dice: Dice, wait: () => Promise<unknown>) => Promise<Member | null>;

const broken =
  (target: (first: Member, dice: Dice) => string, how: Parameters<Cluster['fail']>[1]): Trial =>
  async (cluster, first, dice, wait) => {
    const what = target(first, dice);
    await cluster.fail(what, how);
    await wait();
    await cluster.heal(what);
    return null;
  };

/** Lost until somebody else has taken over. */
const lost =
  (target: (first: Member, dice: Dice) => string): Trial =>
  async (cluster, first, dice, wait) => {
    const what = target(first, dice);
    await cluster.fail(what, CUT);
    await cluster.comesTo(OTHER[first]);
    await wait();
    await cluster.heal(what);
    return OTHER[first];
  };

const still =
  (files: string): Trial =>
  async (cluster, first, _dice, wait) => {
    const numbers = `$(cd ${cluster.folder} && cat ${files})`;
    await cluster.onHost(first, `kill -STOP ${numbers}`);
    await wait();
    await cluster.onHost(first, `kill -CONT ${numbers}`);
    return null;
  };

const TRIALS: Readonly<Record<string, Trial>> = {
  'a host is lost': lost((first) => first),
  'a cable is pulled': lost((first, dice) => `${first}:${dice.pick(['eno1', 'eno2', 'eno3'])}`),
  'halves do not hear each other': broken((first) => first, { type: 'loss', perTenThousand: 10_000 }),
  'nobody hears the master': broken((first) => first, { type: 'one-way', lost: 'out' }),
  'nobody hears the one that waits': broken((first) => OTHER[first], { type: 'one-way', lost: 'out' }),
  'the one that waits is deaf': broken((first) => OTHER[first], { type: 'one-way', lost: 'in' }),
  'frames are lost': (cluster, first, dice, wait) =>
    broken(() => dice.pick([first, OTHER[first]]), { type: 'loss', perTenThousand: 100 + dice.roll(3900) })(
      cluster,
      first,
      dice,
      wait,
    ),
  'the master stands still': still('vrrp.pid'),
  'all of the master stands still': still('*.pid *.keeper'),
  'keepalived is killed': async (cluster, first, _dice, wait) => {
    await cluster.signal(first, 'KILL', 'keepalived.pid');
    await wait();
    return null;
  },
  'conntrackd is killed': async (cluster, first, dice, wait) => {
    await cluster.signal(dice.pick(MEMBERS), 'KILL', 'conntrackd.pid');
    await wait();
    return first;
  },
  'the master hands over': async (cluster, first, _dice, wait) => {
    await cluster.signal(first, 'TERM', 'keepalived.pid');
    await wait();
    return OTHER[first];
  },
  'they are told something else': async (cluster, first, dice) => {
    const further = `192.0.2.${String(21 + dice.roll(200))}`;
    const changed = clusterModel(
      cluster.text.replace('publish: [', `publish: [{ listen: "${further}:443/tcp", to: "web:8443" }, `),
    );
    for (const host of dice.pick([MEMBERS, MEMBERS.toReversed()])) {
      const { hosts } = await applyModel(changed, (name) => labConnection(cluster.lab, name), { hosts: [host] });
      for (const { result } of hosts) if (result === 'failed') throw new Error(`${host} could not be told`);
    }
    return first;
  },
};

export const failover: TortureRow = {
  invariant: 'I18',
  promise: 'whatever happens to a member of a cluster, one has the addresses afterwards, and connections live on',
  unit: 'mishaps of a member',
  target: 100,
  inCi: 2,
  open: () => openRig('i18-members'),
  mutants: [
    mutant('members that tell nobody of their flows', 1, 'i18-silent', (folder) =>
      killed(folder, 'conntrackd.keeper conntrackd.pid'),
    ),
    mutant('nobody who looks after the cables', 2, 'i18-cables', (folder) =>
      killed(folder, 'uplinks.keeper uplinks.pid'),
    ),
    mutant('a member that takes back what was taken over', 2, 'i18-takes', (folder) =>
      [`cd ${folder}`, 'sed -i /nopreempt/d keepalived.conf', 'kill -HUP "$(cat keepalived.pid)"'].join(' && '),
    ),
    mutant(
      'nobody who starts again what died',
      1,
      'i18-dead',
      (folder) => killed(folder, 'keepalived.keeper'),
      'keepalived is killed',
    ),
  ],
};

function killed(folder: string, files: string): string {
  return `cd ${folder} && kill -KILL $(cat ${files})`;
}

/** @param only the one mishap that can show it; all in turn otherwise. */
function mutant(
  name: string,
  within: number,
  topology: string,
  script: (folder: string) => string,
  only?: string,
): Mutant {
  return {
    name,
    within,
    async open() {
      const rig = await openRig(topology, script);
      return only === undefined ? rig : { ...rig, one: () => rig.one(NAMES.indexOf(only) + 1) };
    },
  };
}

const NAMES = Object.keys(TRIALS);

async function openRig(topology: string, plant?: (folder: string) => string): Promise<Rig> {
  const cluster = await openCluster(topology);
  await cluster.onlyMaster();
  if (plant !== undefined) for (const member of MEMBERS) await cluster.onHost(member, plant(cluster.folder));
  return { one: (seed) => mishap(cluster, seed), close: () => cluster.close() };
}

async function mishap(cluster: Cluster, seed: number): Promise<Figures> {
  const dice = diceOf(seed);
  const name = NAMES[(seed - 1) % NAMES.length] ?? '';
  const trial = TRIALS[name];
  if (trial === undefined) throw new TypeError(name);
  const first = await cluster.onlyMaster();
  const wait = (): Promise<unknown> => setTimeout(SHORTEST_MS + dice.roll(LONGEST_MS - SHORTEST_MS));
  const wanted: { master: Member | null } = { master: null };
  const results = await streamsDuring(cluster.lab, STREAMS, async () => {
    wanted.master = await trial(cluster, first, dice, wait);
  });
  const died = results.flatMap(({ reason }) => reason ?? []);
  if (died.length > 0) throw new Error(`${name}: ${String(died.length)} connections died: ${died[0] ?? ''}`);
  const master = await cluster.onlyMaster();
  if (wanted.master !== null && wanted.master !== master)
    throw new Error(`${name}: ${master} is master, and not ${wanted.master}`);
  for (const member of MEMBERS)
    for (let looks = 0; !(await runs(cluster, member)); looks += 1) {
      if (looks > 200) throw new Error(`${name}: no keepalived runs on ${member} any more`);
      await setTimeout(50);
    }
  for (let looks = 0; !(await cluster.neighboursKnow()); looks += 1) {
    if (looks > 200) throw new Error(`${name}: a neighbour takes somebody else for the owner of an address`);
    await setTimeout(50);
  }
  return { connections: results.length, 'worst gap ms': Math.max(...results.map(({ gapMs }) => gapMs)) };
}

/** Whoever is not master now has to be there for the next time. */
async function runs(cluster: Cluster, member: Member): Promise<boolean> {
  const script = `kill -0 "$(cat ${cluster.folder}/keepalived.pid)" 2>/dev/null && echo runs || echo gone`;
  return (await cluster.onHost(member, script)).trim() === 'runs';
}
