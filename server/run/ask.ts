/** Stage: a question of a person (`reach web1 db1:5432/tcp`) → the way of the packet and of its answer in a World. */
import { hostPrefix, parseAddress } from '../core/address.ts';
import { Failure } from '../core/failure.ts';
import { nearestHint } from '../core/nearest.ts';
import type { Endpoint, Expectation, Model } from '../flow/model.ts';
import type { Probe, ProbePlan } from '../flow/probe.ts';
import type { World } from '../flow/world.ts';
import { probePlan } from '../model/probes.ts';
import type { Reach } from '../reach/walk/reach.ts';
import { reach } from '../reach/walk/reach.ts';

export interface Asked {
  /** Node, network, `internet` or address. */
  readonly from: string;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port: number | null;
}

export interface Answered {
  readonly probe: Probe;
  readonly reach: Reach;
}

/** `web1:8443/tcp`, `192.0.2.10:443/tcp`, `[2001:db8::1]:53/udp`, `db1/icmp`. Throws `usage`. */
export function parseAsked(from: string, target: string): Asked {
  const [, bracketed, plain, port, protocol] =
    /^(?:\[([^\]]+)\]|([^/]*?))(?::(\d{1,5}))?\/([a-z]+)$/.exec(target) ?? [];
  const to = bracketed ?? plain ?? '';
  const number = port === undefined ? null : Number(port);
  const fits = protocol === 'icmp' ? number === null : number !== null && number > 0 && number < 65_536;
  if (to === '' || (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'icmp') || !fits)
    throw new Failure('usage', `${JSON.stringify(target)} does not say what is to be reached`, {
      detail: 'It is written TO:PORT/PROTO: db1:5432/tcp, 192.0.2.10:53/udp, [2001:db8::1]:443/tcp, or db1/icmp.',
    });
  return { from, to, protocol, port: number };
}

/** Who has to stand beside the topology for the question, and its first packets. Throws `usage` where an end is not known. */
export function questionPlan(model: Model, asked: Asked): ProbePlan {
  const services =
    asked.protocol === 'icmp'
      ? [{ protocol: asked.protocol }]
      : [{ protocol: asked.protocol, ports: [{ first: asked.port ?? 0, last: asked.port ?? 0 }] }];
  const [from, to] = [endOf(model, asked.from), endOf(model, asked.to)];
  const expectation: Expectation = {
    ...{ id: 'asked', text: '', place: { file: '', line: 0, column: 0 }, verdict: 'allow', services },
    ...{ from: [from.end], to: [to.end], reaches: null, evenWithout: [] },
  };
  const plan = probePlan({ ...model, expectations: [expectation] });
  const meant = plan.probes.filter(
    (probe) =>
      (from.member === null || probe.from.node === from.member) && (to.member === null || probe.to.node === to.member),
  );
  if (meant.length === 0)
    throw new Failure('usage', `No packet can be sent from ${asked.from} to ${asked.to}`, {
      detail: 'They have no address family in common, are one and the same, or nobody is there to send.',
    });
  return { ...plan, probes: meant };
}

/** A packet for each family that both ends have. */
export function ask(world: World, { probes }: ProbePlan): readonly Answered[] {
  const byFamily = Map.groupBy(probes, ({ family }) => family);
  return [...byFamily.values()].flatMap(([probe]) => {
    if (probe === undefined) return [];
    const { from, to, protocol, port } = probe;
    const stack = world.nodes.get(from.node) ?? from.node;
    return [{ probe, reach: reach(world, { from: stack, source: from.address, to: to.address, protocol, port }) }];
  });
}

interface End {
  readonly end: Endpoint;
  /** One member of the gateway that `end` names. */
  readonly member: string | null;
}

function endOf(model: Model, name: string): End {
  const end = ((): Endpoint | undefined => {
    if (name === 'internet') return { type: 'internet' };
    if (model.networks.has(name)) return { type: 'network', name };
    if (model.guests.has(name)) return { type: 'guest', name };
    if (model.hosts.has(name)) return { type: 'host', name };
    const [gateway = ''] = name.split('@');
    if (model.gateways.has(gateway)) return { type: 'gateway', name: gateway };
    const address = parseAddress(name);
    return address === undefined ? undefined : { type: 'prefix', realm: null, prefix: hostPrefix(address.text) };
  })();
  const members = [...model.gateways.values()].flatMap((gateway) => gateway.members.map((each) => each.name));
  const known = ['internet', ...model.networks.keys(), ...model.guests.keys(), ...model.hosts.keys()];
  if (end === undefined || (name.includes('@') && !members.includes(name))) {
    const hint = nearestHint(name, [...known, ...model.gateways.keys(), ...members]);
    throw new Failure('usage', `Nobody in ${model.topology} is called ${JSON.stringify(name)}`, {
      detail: hint ?? 'An end is a host, guest, gateway, member (gw@host), network, address, or `internet`.',
    });
  }
  return { end, member: name.includes('@') ? name : null };
}
