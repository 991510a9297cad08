/** Everybody to everybody on every port that means something, each with what the forwarding model says of it. */
import { addressPart, familyOf } from '../../server/core/address.ts';
import type { Expectation, Model, Service } from '../../server/flow/model.ts';
import type { Probe, ProbePlan } from '../../server/flow/probe.ts';
import type { World } from '../../server/flow/world.ts';
import type { Reach } from '../../server/reach/walk/reach.ts';
import { reach } from '../../server/reach/walk/reach.ts';
import { chance } from './chance.ts';

export interface Prediction {
  readonly probe: Probe;
  readonly reach: Reach;
}

interface Sender {
  readonly node: string;
  readonly address: string;
}

/** At most so many, drawn by the seed; those that are predicted to be answered are as likely as the others. */
export function matrix(model: Model, world: World, plan: ProbePlan, most: number, seed: number): readonly Prediction[] {
  const by = chance(seed);
  const questions = sendersOf(model, plan).flatMap((from) =>
    [...targetsOf(model, plan)].flatMap((to) =>
      familyOf(to) === familyOf(from.address) && to !== from.address
        ? portsOf(model).map(([protocol, port]) => ({ from, to, protocol, port }))
        : [],
    ),
  );
  const drawn = questions.map((each) => [by.upTo(1_000_000), each] as const).toSorted(([a], [b]) => a - b);
  return drawn.slice(0, most).map(([, { from, to, protocol, port }]) => {
    const stack = world.nodes.get(from.node) ?? from.node;
    const answer = reach(world, { from: stack, source: from.address, to, protocol, port, listening: true });
    return { probe: probeOf(world, from, to, protocol, port, answer), reach: answer };
  });
}

function sendersOf(model: Model, plan: ProbePlan): readonly Sender[] {
  const guests = [...model.guests.values()].flatMap(({ name, nics }) =>
    nics.flatMap(({ addresses }) => addresses.map((text) => ({ node: name, address: addressPart(text) }))),
  );
  const hosts = [...model.hosts.values()].flatMap(({ name, nics }) =>
    nics.flatMap(({ addresses }) => addresses.map((text) => ({ node: name, address: addressPart(text) }))),
  );
  const gateways = [...model.gateways.values()].flatMap(({ members, nics }) =>
    members
      .slice(0, 1)
      .flatMap(({ name }) =>
        nics.flatMap(({ addresses }) => addresses.map((text) => ({ node: name, address: addressPart(text) }))),
      ),
  );
  const beyond = new Set(plan.internet.flatMap((each) => each.beyond));
  return [...guests, ...hosts, ...gateways, ...[...beyond].map((address) => ({ node: 'internet', address }))];
}

function targetsOf(model: Model, plan: ProbePlan): ReadonlySet<string> {
  return new Set([
    ...sendersOf(model, plan).map(({ address }) => address),
    ...[...model.gateways.values()].flatMap(({ nics, publishes, oneToOnes }) => [
      ...nics.flatMap(({ natAddresses }) => natAddresses.map(addressPart)),
      ...publishes.map(({ listen }) => listen),
      ...oneToOnes.map(({ outside }) => outside),
    ]),
  ]);
}

function portsOf(model: Model): readonly (readonly ['tcp' | 'udp' | 'icmp', number | null])[] {
  const ports = new Set<string>(['tcp 9', 'udp 9']);
  const add = (services: readonly Service[]): void => {
    for (const each of services)
      if (each.protocol === 'tcp' || each.protocol === 'udp')
        for (const { first } of each.ports.slice(0, 3)) ports.add(`${each.protocol} ${String(first)}`);
  };
  for (const { listens } of model.guests.values()) add(listens);
  for (const { services } of model.policy) add(services);
  for (const { publishes } of model.gateways.values())
    for (const { protocol, ports: range } of publishes) ports.add(`${protocol} ${String(range.first)}`);
  const parts = [...ports].map((each) => each.split(' '));
  return [
    ['icmp', null],
    ...parts.map(([protocol, port]) => [protocol === 'tcp' ? 'tcp' : 'udp', Number(port)] as const),
  ];
}

const EXPECTATION = {
  id: 'matrix',
  text: 'as the model says',
  services: [],
  from: [],
  to: [],
  reaches: null,
  evenWithout: [],
};

function probeOf(
  world: World,
  from: Sender,
  to: string,
  protocol: 'tcp' | 'udp' | 'icmp',
  port: number | null,
  { verdict, arrived }: Reach,
): Probe {
  const owner = [...world.stacks.values()].find(({ interfaces }) =>
    [...interfaces.values()].some(({ addresses }) => addresses.some((each) => addressPart(each) === to)),
  );
  const want = verdict === 'delivered' ? 'allow' : 'deny';
  // What arrives and is not answered is seen there, and must not count as let through.
  const target =
    verdict === 'delivered' && arrived !== null
      ? { node: arrived.node, address: arrived.packet.destination ?? to, port: arrived.packet.destinationPort }
      : arrived === null && owner !== undefined
        ? { node: owner.node, address: to, port }
        : null;
  const expectation: Expectation = { ...EXPECTATION, verdict: want, place: { file: '', line: 0, column: 0 } };
  return {
    ...{ expectation, want, family: familyOf(to), protocol, port, from, to: { node: null, address: to }, target },
    ...{ without: null, twin: null, forcedVia: null },
    listener: protocol === 'icmp' || target === null ? 'none' : 'temporary',
  };
}
