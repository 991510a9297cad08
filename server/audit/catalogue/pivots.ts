/** Whether what is kept apart is reached by one step more: each step a packet and its answer through the whole World. */
import { addressPart, familyOf } from '../../core/address.ts';
import type { Address } from '../../core/address.ts';
import type { Service } from '../../flow/model.ts';
import type { Reach } from '../../reach/walk/reach.ts';
import { reach } from '../../reach/walk/reach.ts';
import type { Witness } from '../finding.ts';
import type { Scene } from '../scene.ts';

export interface End {
  readonly node: string;
  readonly address: Address;
}

export interface Step {
  readonly from: End;
  readonly to: End;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly reach: Reach;
}

/** Of a network of hundreds a few stand for all: policy is written for networks and names. */
const MOST_ENDS = 4;
const MOST_BETWEEN = 100;
const MOST_PORTS = 4;

/** The first guest, by name, by which one of `from` gets to one of `to`; only by ports at which somebody is said to listen. */
export function pivotBetween(scene: Scene, from: readonly End[], to: readonly End[]): readonly [Step, Step] | null {
  const apart = new Set([...from, ...to].map(({ node }) => node));
  const [senders, targets] = [from, to].map((ends) => ends.slice(0, MOST_ENDS));
  const between = [...(scene.model?.guests.values() ?? [])]
    .filter(({ name, listens }) => !apart.has(name) && listens.length > 0)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, MOST_BETWEEN);
  for (const { name, nics } of between) {
    const own = nics.flatMap(({ addresses }) => addresses.map((each) => ({ node: name, address: addressPart(each) })));
    const first = firstStep(scene, senders ?? [], own);
    const second = first === null ? null : firstStep(scene, own, targets ?? []);
    if (first !== null && second !== null) return [first, second];
  }
  return null;
}

function firstStep(scene: Scene, from: readonly End[], to: readonly End[]): Step | null {
  for (const sender of from) {
    const stack = scene.world.nodes.get(sender.node);
    if (stack === undefined) continue;
    for (const target of to) {
      if (familyOf(target.address) !== familyOf(sender.address) || target.node === sender.node) continue;
      for (const { protocol, port } of portsOf(scene, target.node)) {
        const question = { from: stack, source: sender.address, to: target.address, protocol, port, listening: true };
        const answer = reach(scene.world, question);
        if (answer.verdict === 'delivered' && answer.arrived?.node === target.node)
          return { from: sender, to: target, protocol, port, reach: answer };
      }
    }
  }
  return null;
}

function portsOf({ model }: Scene, node: string): readonly Pick<Step, 'protocol' | 'port'>[] {
  const listens: readonly Service[] = model?.guests.get(node)?.listens ?? [];
  return listens
    .flatMap((each) =>
      each.protocol === 'tcp' || each.protocol === 'udp'
        ? each.ports.map(({ first }) => ({ protocol: each.protocol, port: first }))
        : [],
    )
    .slice(0, MOST_PORTS);
}

/** `client reaches relay 10.1.0.9:25 by tcp.` */
export function stepText({ from, to, protocol, port }: Step): string {
  return `${from.node} reaches ${to.node} ${to.address} on ${String(port)}/${protocol}.`;
}

export function witnessOfStep({ from, to, protocol, port }: Step): Witness {
  return {
    ...{ from: from.node, source: from.address, destination: to.address, protocol },
    ...{ sourcePort: null, destinationPort: port, ends: null },
  };
}
