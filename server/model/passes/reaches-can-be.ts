/**
 * In: an expectation that says who must answer, and what is published. Out: nothing; says where no packet could ever make it
 * true, because of where a packet to that address and port ends.
 */
import type { Address, Prefix } from '../../core/address.ts';
import { hostPrefix } from '../../core/address.ts';
import type { Endpoint, OneToOne, PortRange, Publish } from '../../flow/model.ts';
import type { ExpectLine, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { realmOf, realmsOn } from '../realms.ts';
import { PUBLISH_DOUBTFUL, related } from '../report.ts';
import { portsOf, rangeText } from '../services.ts';
import type { Addresses } from './addresses-have-one-owner.ts';

export type CheckReaches = (line: ExpectLine, to: readonly Endpoint[]) => void;

interface Refusal {
  readonly detail: string;
  readonly hint: string;
  readonly mapping?: Publish;
}

export function reachesChecker(
  topology: Topology,
  addresses: Addresses,
  publishes: ReadonlyMap<string, readonly Publish[]>,
  oneToOnes: ReadonlyMap<string, readonly OneToOne[]>,
  notes: Notes,
): CheckReaches {
  const byListen = new Map<Prefix, { readonly gateway: string; readonly publish: Publish }[]>();
  for (const [gateway, ofGateway] of publishes) {
    for (const publish of ofGateway) {
      const key = hostPrefix(publish.listen);
      const list = byListen.get(key);
      if (list === undefined) byListen.set(key, [{ gateway, publish }]);
      else list.push({ gateway, publish });
    }
  }

  const hasAddress = (guest: string, address: Address, realm: string | null): boolean =>
    [...(topology.guests.get(guest)?.nics.keys() ?? [])].some(
      (network) =>
        (realm === null || realmOf(topology.networks.get(network)) === realm) &&
        addresses.of(guest, network).some((each) => each.address === address),
    );
  const judge = (
    end: Endpoint,
    protocol: 'tcp' | 'udp',
    range: PortRange,
    guest: string,
    port: number | null,
  ): Refusal | undefined => {
    switch (end.type) {
      case 'guest':
        return toGuest(end.name, range, guest, port);
      case 'network':
        if (topology.guests.get(guest)?.nics.has(end.name) === true) return undefined;
        return {
          detail: `Guest ${guest} is not on network ${end.name}.`,
          hint: `name a guest of ${end.name}, or the published address`,
        };
      case 'host':
        return {
          detail: `Packets to host ${end.name} end there and never reach guest ${guest}.`,
          hint: 'send to the published address',
        };
      case 'internet':
        return {
          detail: `Packets to internet leave the topology and never reach guest ${guest}.`,
          hint: 'send to the published address',
        };
      case 'gateway':
        return toMapped(`gateway ${end.name}`, publishes.get(end.name) ?? [], protocol, range, guest, port);
      case 'prefix': {
        const isIn = (gateway: string): boolean =>
          end.realm === null ||
          realmsOn(topology, topology.gateways.get(gateway)?.nics.keys() ?? []).includes(end.realm);
        const mappings = (byListen.get(end.prefix) ?? [])
          .filter(({ gateway }) => isIn(gateway))
          .map(({ publish }) => publish);
        const address: Address = end.prefix.replace(/\/(32|128)$/, '');
        const whole = [...oneToOnes]
          .flatMap(([gateway, list]) => (isIn(gateway) ? list : []))
          .find((each) => each.outside === address);
        if (whole !== undefined) return toGuest(whole.guest ?? whole.inside, range, guest, port);
        if (mappings.length === 0 && hasAddress(guest, address, end.realm)) return toGuest(guest, range, guest, port);
        return toMapped(address, mappings, protocol, range, guest, port);
      }
    }
  };

  return (line, to) => {
    const { reaches } = line;
    if (reaches === null) return;
    const refuse = ({ detail, hint, mapping }: Refusal): void => {
      notes.report('reaches-impossible', reaches.place, detail, {
        hint,
        related: mapping === undefined ? [] : [related(mapping.place, 'published here')],
      });
    };
    if (line.verdict === 'deny') {
      refuse({
        detail: 'A `deny` holds when nothing is reached, so there is nobody to name.',
        hint: 'write `allow`, or leave `reaches` out',
      });
      return;
    }
    // What is published is not known in full where one of the port mappings is wrong.
    if (notes.doubtful.has(PUBLISH_DOUBTFUL)) return;
    for (const protocol of ['tcp', 'udp'] as const) {
      for (const range of portsOf(line.services, protocol)) {
        for (const end of to) {
          const refusal = judge(end, protocol, range, reaches.value.guest, reaches.value.port);
          if (refusal !== undefined) refuse(refusal);
        }
      }
    }
  };
}

function toGuest(name: string, range: PortRange, guest: string, port: number | null): Refusal | undefined {
  if (name !== guest) {
    return {
      detail: `Packets to guest ${name} end there and never reach ${guest}.`,
      hint: `write \`reaches: ${name}\`, or send to the published address`,
    };
  }
  if (port === null || (port >= range.first && port <= range.last)) return undefined;
  return {
    detail: `Packets to guest ${guest} arrive at the port that they were sent to, ${rangeText(range)}, and never at ${String(port)}.`,
    hint: 'correct one of the two ports',
  };
}

function toMapped(
  where: string,
  mappings: readonly Publish[],
  protocol: 'tcp' | 'udp',
  range: PortRange,
  guest: string,
  port: number | null,
): Refusal | undefined {
  const fitting = mappings.filter(
    (each) => each.protocol === protocol && each.ports.first <= range.last && range.first <= each.ports.last,
  );
  const [first] = fitting;
  const what = `${rangeText(range)}/${protocol} of ${where}`;
  if (first === undefined) {
    return {
      detail: `${what} is not published, so no packet to it reaches ${guest}.`,
      hint: `publish it: \`${rangeText(range)}/${protocol} -> ${guest}\``,
    };
  }
  const wrong = fitting.find((each) => each.target.guest !== guest);
  if (wrong !== undefined) {
    const real = wrong.target.guest ?? wrong.target.address;
    return {
      detail: `${what} is published to ${real}, not to ${guest}.`,
      hint: `write \`reaches: ${real}\`, or change the port mapping`,
      mapping: wrong,
    };
  }
  if (port === null || fitting.some((each) => arrivesAt(each, range, port))) return undefined;
  const at = first.target.port === null ? rangeText(range) : String(first.target.port);
  return {
    detail: `${what} arrives at port ${at} of ${guest}, not at ${String(port)}.`,
    hint: `write \`reaches: ${guest}:${at}\`, or change the port mapping`,
    mapping: first,
  };
}

function arrivesAt({ ports, target }: Publish, range: PortRange, port: number): boolean {
  if (target.port !== null) return target.port === port;
  return port >= Math.max(ports.first, range.first) && port <= Math.min(ports.last, range.last);
}
