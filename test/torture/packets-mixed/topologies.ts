/** Random topologies around two guests that are in all of them: links, routes and rules of everything else differ. */
import type { Model } from '../../../server/flow/model.ts';
import { compileText } from '../../../server/model/compile-file.ts';
import { UPLINKS } from '../../support/random-topology.ts';
import { policyPair } from '../support/policies.ts';
import type { Sentence } from '../support/policies.ts';
import { pick, randomFrom } from '../support/spoiled.ts';

export const TOPOLOGY = 'mixed';
export const GATEWAY = 'gw';

/** Between whom the packets are. */
export const CLIENT = { name: 'client', address: '10.50.0.10' } as const;
export const SERVER = { name: 'server', address: '10.50.1.10' } as const;

export interface Mixed {
  readonly model: Model;
  /** What it says of packets from one to the other. */
  readonly policy: readonly Sentence[];
}

/** Under which some packets pass in both, and some in neither. */
export function topologyPair(seed: number): readonly [Mixed, Mixed] {
  const random = randomFrom(seed);
  for (let draw = 0; draw < 1000; draw += 1) {
    const [one, other] = policyPair(random).map((policy) => drawn(random, policy));
    // What is drawn may be refused: a sentence that is said twice, say.
    if (one?.model && other?.model) return [one as Mixed, other as Mixed];
  }
  throw new Error(`seed ${String(seed)} gives no topology`);
}

function drawn(
  random: () => number,
  policy: readonly Sentence[],
): { model: Model | null; policy: readonly Sentence[] } {
  const text = JSON.stringify(topologyOf(random, policy));
  return { model: compileText({ file: 'mixed.json', text }).model, policy };
}

/** Networks that are there or not. */
const OTHERS = ['x0', 'x1', 'x2'];

function topologyOf(random: () => number, policy: readonly Sentence[]): unknown {
  const maybe = (chance = 0.5): boolean => random() < chance;
  const networks: Record<string, unknown> = {
    wan: { subnet: '192.0.2.0/24', router: '192.0.2.1', external: true },
    under: { subnet: '10.200.0.0/24' },
  };
  const bridges: Record<string, unknown> = {
    'br-wan': { networks: ['wan'] },
    'br-under': { networks: ['under'], ports: [{ eno4: { fabric: 'trunk' } }] },
  };
  const hostNics: Record<string, unknown> = { under: '10.200.0.2' };
  const gatewayNics: Record<string, unknown> = { wan: { address: '192.0.2.10' } };
  const guests: Record<string, unknown> = {
    [CLIENT.name]: { on: 'here', nics: { shop: CLIENT.address } },
    [SERVER.name]: { on: 'here', nics: { db: SERVER.address } },
    other1: { on: 'here', nics: { shop: '10.50.0.77' } },
    other2: { on: 'here', nics: { db: '10.50.1.78' } },
  };
  const routers = ['10.50.0.77', '10.50.1.78'];
  ['shop', 'db', ...OTHERS].forEach((name, index) => {
    const isOther = OTHERS.includes(name);
    if (isOther && maybe()) return;
    const [ipv6, vxlan] = [maybe(), isOther && maybe(0.4)];
    const subnet = [`10.50.${String(index)}.0/24`, ...(ipv6 ? [`2001:db8:${String(index)}::/64`] : [])];
    const apart = maybe(0.3) ? { isolated: true } : {};
    networks[name] = {
      subnet,
      ...apart,
      ...(vxlan ? { transport: 'vxlan', vni: 100 + index, underlay: 'under' } : {}),
    };
    const uplink = maybe() ? { ports: [{ [UPLINKS[index] ?? 'eno0']: { fabric: name } }] } : {};
    if (!vxlan) bridges[`br-${name}`] = { networks: [name], ...uplink };
    if (maybe(0.3)) hostNics[name] = `10.50.${String(index)}.2`;
    gatewayNics[name] = {
      address: [`10.50.${String(index)}.1`, ...(ipv6 ? [`2001:db8:${String(index)}::1`] : [])],
    };
    const count = Math.floor(random() * 3);
    for (let guest = 0; guest < count; guest += 1) {
      const address = `10.50.${String(index)}.${String(20 + guest)}`;
      guests[`${name}-g${String(guest)}`] = { on: 'here', nics: { [name]: address } };
      routers.push(address);
    }
  });
  const blocks = [0, 1, 2, 3].filter(() => maybe());
  const routes = blocks.map((block) => ({ to: `10.${String(100 + block)}.0.0/16`, via: pick(random, routers) }));
  const published = [1000, 1001, 1002].filter(() => maybe());
  const publish = published.map((port) => ({ listen: `192.0.2.10:${String(port)}/tcp`, to: `${SERVER.name}:80` }));
  const nat = {
    ...(maybe() ? { masquerade: ['shop -> wan'] } : {}),
    ...(publish.length > 0 ? { publish } : {}),
  };
  return {
    topology: TOPOLOGY,
    networks,
    hosts: { here: { access: 'local', bridges, nics: hostNics } },
    guests,
    gateways: {
      [GATEWAY]: {
        on: ['here'],
        runs: 'netns',
        nics: gatewayNics,
        ...(routes.length > 0 ? { routes } : {}),
        ...(Object.keys(nat).length > 0 ? { nat } : {}),
      },
    },
    policy: policy.map(({ verdict, ports, ours }) => ({
      [verdict]: ports === null ? 'any' : `${ports[0] === ports[1] ? String(ports[0]) : ports.join('-')}/udp`,
      from: ours ? CLIENT.name : 'other1',
      to: ours ? SERVER.name : 'other2',
    })),
  };
}
