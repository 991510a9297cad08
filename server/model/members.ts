import type { Place } from '../core/place.ts';
import type { Topology } from '../flow/topology.ts';
import { DEFAULT_FABRIC } from './fabric.ts';
import { stackNics } from './host-stack.ts';

/** Something with a NIC on a network, on one host. */
export interface Member {
  readonly kind: 'host' | 'guest' | 'gateway';
  readonly name: string;
  readonly network: string;
  readonly place: Place;
  /** A port of the host that this NIC uses without a bridge. */
  readonly barePort: string | null;
  /** The wire that this port is plugged into. */
  readonly bareFabric: string;
}

/** Who is on a network where: by host, then by network. */
export type Members = ReadonlyMap<string, ReadonlyMap<string, readonly Member[]>>;

export function findMembers(topology: Topology): Members {
  const members = new Map<string, Map<string, Member[]>>([...topology.hosts.keys()].map((host) => [host, new Map()]));
  const add = (host: string, member: Member): void => {
    const networks = members.get(host);
    const list = networks?.get(member.network);
    if (list === undefined) networks?.set(member.network, [member]);
    else list.push(member);
  };
  for (const host of topology.hosts.values()) {
    for (const nic of host.nics.values()) {
      add(host.name, {
        kind: 'host',
        name: host.name,
        network: nic.name,
        place: nic.place,
        ...bareParts(topology, host.name, nic.name),
      });
    }
  }
  for (const guest of topology.guests.values()) {
    for (const nic of guest.nics.values()) {
      add(guest.on.value, { kind: 'guest', name: guest.name, network: nic.name, place: nic.place, ...BRIDGED });
    }
  }
  for (const gateway of topology.gateways.values()) {
    for (const host of new Set(gateway.on.map((each) => each.value))) {
      for (const nic of gateway.nics.values()) {
        const bare = gateway.runs.value === 'host' ? bareParts(topology, host, nic.name) : BRIDGED;
        add(host, { kind: 'gateway', name: gateway.name, network: nic.name, place: nic.place, ...bare });
      }
    }
  }
  return members;
}

const BRIDGED = { barePort: null, bareFabric: DEFAULT_FABRIC };

/** Of the interface in the host's own stack. */
function bareParts(topology: Topology, host: string, network: string): Pick<Member, 'barePort' | 'bareFabric'> {
  const entry = topology.hosts.get(host);
  const nic = entry === undefined ? undefined : stackNics(topology, entry).find(({ name }) => name === network);
  return { barePort: nic?.port?.value ?? null, bareFabric: nic?.fabric ?? DEFAULT_FABRIC };
}
