/**
 * In: the stacks of the hosts, as wanted or as found, and the Model where there is one. Out: the World, with the guests, the node
 * `internet` and the cables that the Model tells of, as it is while some hosts are down.
 */
import { addressPart } from '../../core/address.ts';
import type { GatewayMember, Gateway, Model } from '../../flow/model.ts';
import type { ProbePlan } from '../../flow/probe.ts';
import type { Interface, NetworkStack, StackId, Wire, WireEnd, World } from '../../flow/world.ts';
import { stackIdOf } from '../../flow/world.ts';
import { byPriority, kernelRoutes } from './kernel-routes.ts';
import { membersOf } from './members.ts';
import type { Members } from './members.ts';
import { portsOf } from './plug-points.ts';
import { heldBy, sharedRouting } from './shared.ts';
import type { HostStacks } from './wanted.ts';

export interface WorldParts {
  readonly hosts: readonly HostStacks[];
  /** What is around the hosts; without it nothing is known beyond them, and every port of theirs leads into the open. */
  readonly around?: { readonly model: Model; readonly plan: Pick<ProbePlan, 'internet' | 'temporary'> };
  /** Hosts that are down. */
  readonly without?: readonly string[];
}

export function worldOf({ hosts, around, without = [] }: WorldParts): World {
  const down = new Set(without);
  const members: Members =
    around === undefined ? { stacks: [], wires: [], ports: [], plugged: [] } : membersOf(around.model, around.plan);
  const stacks = new Map<StackId, NetworkStack>();
  for (const stack of [...hosts.flatMap((each) => each.stacks), ...members.stacks])
    if (stack.host === null || !down.has(stack.host)) stacks.set(stack.id, stack);
  for (const { stack, port } of members.ports) addInterface(stacks, stack, port);
  const nodes = new Map([...stacks.keys()].map((id) => [id, id]));
  if (around !== undefined) nameGateways(around.model, stacks, nodes);
  const cables = around === undefined ? [] : cablesOf(around.model, members.plugged);
  const wires = onlyPresent([...hosts.flatMap((each) => each.wires), ...members.wires, ...cables], stacks);
  return { stacks, wires: [...wires, ...openEnds(stacks, wires)], nodes };
}

function addInterface(stacks: Map<StackId, NetworkStack>, id: StackId, port: Interface): void {
  const stack = stacks.get(id);
  if (stack === undefined) return;
  stacks.set(id, { ...stack, interfaces: new Map([...stack.interfaces, [port.name, port]]) });
}

/** Members by their names; where nobody holds what a cluster shares, the first that is up does. */
function nameGateways(model: Model, stacks: Map<StackId, NetworkStack>, nodes: Map<string, StackId>): void {
  for (const gateway of model.gateways.values()) {
    const present = gateway.members.flatMap((member) => {
      const id = stackIdOf(member.host, member.namespace ?? '');
      const stack = stacks.get(id);
      return stack === undefined || (gateway.runs !== 'host' && member.namespace === null)
        ? []
        : [{ member, id, stack }];
    });
    for (const { member, id, stack } of present) {
      nodes.set(member.name, id);
      if (member.namespace !== null) stacks.set(id, { ...stack, node: member.name });
    }
    const [first] = present;
    if (gateway.members.length < 2 || first === undefined) continue;
    if (present.some(({ member, stack }) => heldBy(gateway, member, stack))) continue;
    stacks.set(first.id, holding(gateway, first.member, stacks.get(first.id) ?? first.stack));
  }
}

/** The member with what its cluster shares: as it is while it is master. */
export function holding(gateway: Gateway, { nics }: GatewayMember, stack: NetworkStack): NetworkStack {
  const interfaces = new Map(stack.interfaces);
  const changed: Interface[] = [];
  for (const { network, addresses, natAddresses } of gateway.nics) {
    const own = interfaces.get(nics.find((each) => each.network === network)?.device ?? '');
    if (own === undefined) continue;
    const there = new Set(own.addresses.map(addressPart));
    const added = [...addresses, ...natAddresses].filter((each) => !there.has(addressPart(each)));
    interfaces.set(own.name, { ...own, addresses: [...own.addresses, ...added] });
    changed.push({ ...own, addresses: added });
  }
  const { routes, rules } = sharedRouting(gateway, nics, stack);
  return {
    ...stack,
    interfaces,
    routes: [...stack.routes, ...kernelRoutes(changed), ...routes],
    rules: [...stack.rules, ...rules].toSorted(byPriority),
  };
}

/** One a fabric, with the physical ports of all hosts that are in it. */
function cablesOf(model: Model, plugged: Members['plugged']): readonly Wire[] {
  const ends = [
    ...portsOf(model).map(({ host, device, fabric }) => ({ fabric, end: { stack: host, device, tag: null } })),
    ...plugged,
  ];
  return [...Map.groupBy(ends, ({ fabric }) => fabric)].map(([fabric, list]) => ({
    name: `fabric ${fabric}`,
    ends: list.map(({ end }): WireEnd => end),
    open: false,
  }));
}

function onlyPresent(wires: readonly Wire[], stacks: ReadonlyMap<StackId, NetworkStack>): readonly Wire[] {
  const there = ({ stack, device }: WireEnd): boolean => stacks.get(stack)?.interfaces.has(device) === true;
  return wires.map((wire) => ({ ...wire, ends: wire.ends.filter(there) })).filter(({ ends }) => ends.length > 0);
}

/** Nobody has told where a host's further ports lead. */
function openEnds(stacks: ReadonlyMap<StackId, NetworkStack>, wires: readonly Wire[]): readonly Wire[] {
  const joined = new Set(wires.flatMap(({ ends }) => ends.map(({ stack, device }) => `${stack} ${device}`)));
  return [...stacks.values()].flatMap(({ id, sort, interfaces }) =>
    sort !== 'host' && sort !== 'namespace'
      ? []
      : [...interfaces.values()]
          .filter(({ name, form }) => form.type === 'plain' && !joined.has(`${id} ${name}`))
          .map(({ name }) => ({
            name: `whatever ${name} of ${id} leads to`,
            ends: [{ stack: id, device: name, tag: null }],
            open: true,
          })),
  );
}
