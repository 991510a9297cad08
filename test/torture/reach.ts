/**
 * What the forwarding model says of a random topology, from its file and from its hosts as they were read, against real packets:
 * everybody to everybody, on every port that means something.
 */
import fc from 'fast-check';
import type { Model } from '../../server/flow/model.ts';
import type { NetworkStack, World } from '../../server/flow/world.ts';
import { labConnection, labDown, labTest, labUp } from '../../server/lab/index.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { probePlan } from '../../server/model/probes.ts';
import { foundWorld, readHosts, wantedWorld } from '../../server/run/worlds.ts';
import { matrix } from '../support/matrix.ts';
import { sketches, sketchText } from '../support/random-topology.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

/** What is said is said of this instead of the World as it is. */
type Bend = (world: World) => World;

const TOPOLOGY = 'reach-row';
const QUESTIONS = 120;

function modelFor(seed: number): Model {
  for (const sketch of fc.sample(sketches({ vlans: false }), { seed, numRuns: 200 })) {
    const { model } = compileText({ file: 'walk.json', text: sketchText({ ...sketch, gateway: true }) });
    if (model !== null && model.guests.size > 1) return { ...model, topology: TOPOLOGY };
  }
  throw new Error(`seed ${String(seed)} gives no topology`);
}

async function judged(seed: number, bend: Bend): Promise<Figures> {
  const model = modelFor(seed);
  try {
    const { lab } = await labUp(model);
    const plan = probePlan(model);
    const hosts = await readHosts(model, (host) => labConnection(lab, host));
    const worlds = [wantedWorld(model, { plan }), foundWorld(model, hosts, { plan })];
    const said = worlds.flatMap((world, index) => matrix(model, bend(world), plan, QUESTIONS, seed * 2 + index));
    const sure = said.filter(({ reach }) => reach.verdict !== 'unknown');
    const probes = sure.map(({ probe }) => probe);
    const { results } = await labTest(model, lab, { plan: { ...plan, probes } });
    const wrong = results.findIndex(({ passed }) => !passed);
    if (wrong !== -1) throw new Error(`said: ${sure[wrong]?.reach.why ?? ''}; seen: ${JSON.stringify(results[wrong])}`);
    const delivered = sure.filter(({ reach }) => reach.verdict === 'delivered').length;
    return { packets: sure.length, delivered, unknown: said.length - sure.length };
  } finally {
    await labDown(TOPOLOGY);
  }
}

function rig(bend: Bend): Promise<Rig> {
  return Promise.resolve({ one: (seed) => judged(seed, bend), close: () => Promise.resolve() });
}

function withStacks(world: World, change: (stack: NetworkStack) => NetworkStack): World {
  return { ...world, stacks: new Map([...world.stacks].map(([id, stack]) => [id, change(stack)])) };
}

const withoutTables =
  (ending: string): Bend =>
  (world) =>
    withStacks(world, (stack) => ({ ...stack, tables: stack.tables.filter(({ name }) => !name.endsWith(ending)) }));

export const reachRow: TortureRow = {
  invariant: 'R1',
  promise: 'what is said of a packet, from the file and from the hosts, is what becomes of it',
  unit: 'random topologies',
  target: 200,
  inCi: 2,
  open: () => rig((world) => world),
  mutants: [
    { name: 'filters that are not looked at', within: 6, open: () => rig(withoutTables('-filter')) },
    {
      name: 'a wire that is overlooked',
      within: 6,
      open: () => rig((world) => ({ ...world, wires: world.wires.slice(1) })),
    },
    {
      name: 'routes that lead elsewhere',
      within: 6,
      open: () =>
        rig((world) =>
          withStacks(world, (stack) => ({
            ...stack,
            routes: stack.routes.filter(({ to }) => !to.endsWith('/0')),
          })),
        ),
    },
  ],
};
