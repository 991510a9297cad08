import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunResult } from '../../server/flow/run.ts';
import type { HostConnection } from '../../server/host/connection.ts';
import { applyModel } from '../../server/run/apply.ts';
import { openWalkHost } from '../support/walk.ts';
import { attachEnds } from './packets-mixed/ends.ts';
import { CLIENT, GATEWAY, SERVER, TOPOLOGY, topologyPair } from './packets-mixed/topologies.ts';
import type { Mixed } from './packets-mixed/topologies.ts';
import type { Figures, Mutant, Rig, TortureRow } from './row.ts';
import { judge, refuseLeaks, shown, worstGap } from './support/judging.ts';
import { PORTS } from './support/policies.ts';
import { batchProgram, changedPrograms, rewrapped } from './support/spoiled.ts';
import { openStream, streamProgram } from './support/stream.ts';
import type { Flow, Stream } from './support/stream.ts';

/** A machine that is never quiet cannot say anything about losses. */
const MOST_VOID = 6;

/** @param spoil a script that is run before each batch: where a fault is planted. */
async function openRig(spoil?: string): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-mixed-'));
  const host = await openWalkHost();
  const connection = spoil === undefined ? host.connection : before(host.connection, spoil);
  const apply = async ({ model }: Mixed, through: HostConnection): Promise<RunResult> => {
    const run = await applyModel(model, () => through);
    const failure = run.hosts[0]?.failure;
    if (failure !== null) throw new Error(JSON.stringify(failure));
    return run;
  };
  const [first] = topologyPair(0);
  await apply(first, host.connection);
  const ends = attachEnds(host, first.model);
  const stream = await openStream(streamProgram(folder), {
    from: ends.client,
    to: ends.server,
    source: CLIENT.address,
    destination: SERVER.address,
    ports: PORTS,
  });
  return {
    async one(seed) {
      const [one, other] = topologyPair(seed);
      await apply(one, host.connection);
      return thereAndBack(stream, one, other, (wanted) => apply(wanted, connection));
    },
    async close() {
      await stream.close();
      ends.close();
      await host.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Nothing leaks and nothing is lost on the way, beside looks at the same packets with no change at all. */
async function thereAndBack(
  stream: Stream,
  one: Mixed,
  other: Mixed,
  apply: (wanted: Mixed) => Promise<RunResult>,
): Promise<Figures> {
  for (let attempt = 0; attempt < MOST_VOID; attempt += 1) {
    const runs: RunResult[] = [];
    const during = (wanted: Mixed): Promise<readonly Flow[] | null> =>
      stream.during(async () => runs.push(await apply(wanted)));
    const quiet = await stream.during(() => sleep(300));
    const there = await during(other);
    const back = await during(one);
    const after = await stream.during(() => sleep(300));
    if (quiet === null || there === null || back === null || after === null) continue;
    for (const flows of [there, back]) refuseLeaks(flows, one.policy, other.policy);
    // With no change at all everything has to arrive, before and after: else it is the machine that loses packets.
    if ([quiet, after].some((flows) => judge(flows, one.policy, one.policy).lost > 0)) continue;
    for (const flows of [there, back]) {
      const { lost } = judge(flows, one.policy, other.policy);
      if (lost > 0) throw new Error(`${String(lost)} packets were lost that both allow: ${shown(flows)}`);
    }
    const both = there.map((flow, index) => sum(flow, back[index] ?? flow));
    return {
      ...judge(both, one.policy, other.policy).figures,
      ...changesOf(runs),
      transitions: 2,
      'packets sent': both.reduce((count, { sent }) => count + sent, 0),
      'void runs': attempt,
      'worst gap with no change, in ms': worstGap(quiet, one.policy, one.policy),
    };
  }
  throw new Error(`the machine lost packets of its own accord in ${String(MOST_VOID)} runs: too busy to say anything`);
}

function sum(one: Flow, other: Flow): Flow {
  return {
    sent: one.sent + other.sent,
    received: one.received + other.received,
    gapUs: Math.max(one.gapUs, other.gapUs),
  };
}

/** What was changed on the way, so that nobody has to believe that it was mixed. */
function changesOf(runs: readonly RunResult[]): Figures {
  const count: Record<string, number> = { 'steps of links': 0, 'steps of routes': 0, 'steps of rules': 0 };
  for (const { resource } of runs.flatMap(({ hosts }) => hosts.flatMap(({ steps }) => steps))) {
    const kind = /^\w+/.exec(resource)?.[0] ?? '';
    const what = /^(route|rule)$/.test(kind) ? 'routes' : /^(firewall|nat|isolation)$/.test(kind) ? 'rules' : 'links';
    count[`steps of ${what}`] = (count[`steps of ${what}`] ?? 0) + 1;
  }
  return count;
}

function before(connection: HostConnection, script: string): HostConnection {
  return changedPrograms(connection, (program) => {
    const own = batchProgram(program)?.program;
    if (own === undefined) return program;
    const argv = ['sh', '-c', `{ ${script}; } </dev/null >/dev/null 2>&1; exec "$@"`, 'sh', ...own.argv];
    return rewrapped(program, { ...own, argv });
  });
}

const inGateway = `ip netns exec ${TOPOLOGY}-${GATEWAY}`;

const mutant = (name: string, spoil: string): Mutant => ({ name, within: 3, open: () => openRig(spoil) });

export const packetsMixed: TortureRow = {
  invariant: 'I2, I3',
  promise:
    'while links, routes and rules change together, no packet passes that both deny, and none is lost that both allow',
  unit: 'pairs of random topologies, applied over each other there and back under a stream of packets',
  target: 250,
  inCi: 2,
  open: () => openRig(),
  mutants: [
    mutant('a bridge that goes down and up', 'ip link set dev br-shop down; ip link set dev br-shop up'),
    mutant(
      'a route that is deleted and added',
      `${inGateway} sh -c 'way=$(ip route show 10.50.1.0/24); ip route del $way; ip route add $way'`,
    ),
    mutant(
      'ports that are taken out of their bridge and put back',
      `for port in $(ip -o link show master br-db | sed 's/^[0-9]*: \\([^:@]*\\).*/\\1/'); do ip link set dev "$port" nomaster; ip link set dev "$port" master br-db; done`,
    ),
    mutant(
      'a filter that is open for a moment',
      `own="inet ${TOPOLOGY}-filter filter-forward"; handle=$(${inGateway} nft -e -a insert rule $own accept | sed -n 's/.*handle //p'); ${inGateway} nft delete rule $own handle "$handle"`,
    ),
  ],
};
