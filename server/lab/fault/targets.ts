/**
 * What can be broken in a lab, and the cables that it is: a host (`left`), a guest (`web`), a gateway member (`vgw-1@gw-x`),
 * `internet`; or one link of those, written with the network or, of a host, the port: `web:lan`, `left:eno1`.
 */
import { Failure } from '../../core/failure.ts';
import { nearestHint } from '../../core/nearest.ts';
import type { Gateway, GatewayMember, Guest, Host, Model } from '../../flow/model.ts';
import { probePlan } from '../../model/probes.ts';
import { plugPointsNeeded, portsOf } from '../../reach/world/plug-points.ts';
import { INTERNET, wireName } from '../lab.ts';
import { nicName } from '../../core/nic-name.ts';
import { plugEnds } from '../plug.ts';
import { portName } from '../wires.ts';
import type { Cable, End } from './record.ts';

/** The cables of a node, each with the name of the link: `web:lan`. */
interface Link {
  readonly name: string;
  readonly cable: Cable;
}

/** Everything that `lab fail` takes, nodes before links; for completion and for near misses. */
export function labTargets(model: Model): readonly string[] {
  const nodes = nodesWithLinks(model);
  const links = new Set([...nodes.values()].flatMap((each) => each.map(({ name }) => name)));
  return [...[...nodes.keys()].sort(), ...[...links].sort()];
}

/** The cables of a target; at least one. Throws `usage` where there is nothing of that name. */
export function cablesOf(model: Model, target: string): readonly Cable[] {
  const nodes = nodesWithLinks(model);
  const links = nodes.get(target) ?? nodes.get(nodeOfLink(target))?.filter(({ name }) => name === target) ?? [];
  const member = memberNamed(model, nodeOfLink(target));
  if (member !== undefined && member.namespace === null) {
    throw new Failure('usage', `${member.name} runs in the own stack of ${member.host} and has no cables of its own`, {
      detail: `Break the host ${member.host}, or one of its ports.`,
    });
  }
  if (links.length > 0) return links.map(({ cable }) => cable);
  if (nodes.has(target)) throw new Failure('usage', `${target} is plugged into nothing: there is nothing to break`);
  throw unknownTarget(model, target, nodes);
}

/** None where it has no port and nothing from outside is plugged in there. */
export function cablesOfHost(model: Model, name: string): readonly Cable[] {
  const host = model.hosts.get(name);
  return host === undefined ? [] : hostLinks(model, host).map(({ cable }) => cable);
}

/** No node's name holds a colon, and a port's may. */
function nodeOfLink(target: string): string {
  return target.split(':', 1)[0] ?? '';
}

function unknownTarget(model: Model, target: string, nodes: ReadonlyMap<string, readonly Link[]>): Failure {
  const node = nodeOfLink(target);
  const own = nodes.get(node);
  const known = own === undefined ? labTargets(model) : own.map(({ name }) => name).sort();
  const hint = nearestHint(target, known);
  const there =
    own === undefined
      ? `There is ${[...nodes.keys()].join(', ')}; a link is written NODE:NETWORK or HOST:PORT.`
      : `Of ${node} there is ${known.join(', ')}.`;
  const summary =
    own === undefined ? `${model.topology} has no node ${JSON.stringify(node)}` : `${node} has no link ${target}`;
  return new Failure('usage', summary, { detail: hint === undefined ? there : `${hint} ${there}` });
}

function nodesWithLinks(model: Model): ReadonlyMap<string, readonly Link[]> {
  const nodes = new Map<string, readonly Link[]>();
  for (const host of model.hosts.values()) nodes.set(host.name, hostLinks(model, host));
  for (const guest of model.guests.values()) nodes.set(guest.name, guestLinks(guest));
  for (const gateway of model.gateways.values())
    for (const member of gateway.members) nodes.set(member.name, memberLinks(model, gateway, member));
  return nodes.set(INTERNET, internetLinks(model));
}

/** Its ports, and where `internet` is plugged into a bridge of its own: no guest on it is reached from outside any more. */
function hostLinks(model: Model, { name }: Host): readonly Link[] {
  const ports = portsOf(model).filter((port) => port.host === name);
  return [
    ...ports.map((port) => ({
      name: `${name}:${port.device}`,
      cable: { inner: end(name, port.device), outer: end(wireName(port.fabric), portName(port)), turned: false },
    })),
    ...internetLinks(model)
      .filter(({ cable }) => cable.outer.node === name)
      .map((link) => ({ ...link, cable: { ...link.cable, turned: true } })),
  ];
}

function guestLinks({ name, host, nics }: Guest): readonly Link[] {
  return nics.map(({ network, port }) => ({
    name: `${name}:${network}`,
    cable: { inner: end(name, nicName(network)), outer: end(host, port), turned: false },
  }));
}

function memberLinks(model: Model, gateway: Gateway, { name, host, namespace, nics }: GatewayMember): readonly Link[] {
  const attachments = model.hosts.get(host)?.attachments ?? [];
  return nics.flatMap(({ network, device }) => {
    const outer = attachments.find(
      ({ owner, network: on }) => owner.type === 'gateway' && owner.name === gateway.name && on === network,
    );
    if (outer === undefined || namespace === null) return [];
    return [
      {
        name: `${name}:${network}`,
        cable: { inner: end(host, device, namespace), outer: end(host, outer.device), turned: false },
      },
    ];
  });
}

function internetLinks(model: Model): readonly Link[] {
  return probePlan(model).internet.flatMap(({ network }) => {
    const plug = { node: INTERNET, device: nicName(network), points: plugPointsNeeded(model, network) };
    return plugEnds(plug).map(({ near, at, far }) => ({
      name: `${INTERNET}:${network}`,
      cable: { inner: end(INTERNET, near), outer: end(at, far), turned: false },
    }));
  });
}

function memberNamed(model: Model, name: string): GatewayMember | undefined {
  return [...model.gateways.values()].flatMap(({ members }) => members).find((member) => member.name === name);
}

function end(node: string, device: string, namespace: string | null = null): End {
  return { node, namespace, device };
}
