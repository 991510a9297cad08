/**
 * Who may speak to the members of an isolated network, by MAC, wherever they are. A guest's own host lets nothing out of its
 * port but frames with its own MAC, so that everywhere else a MAC tells who sent a frame.
 */
import { addressPart } from '../../core/address.ts';
import type { InterfaceAddress } from '../../core/address.ts';
import type { Gateway, Host, Model, Network } from '../../flow/model.ts';

export interface Station {
  readonly mac: string;
  /** `web1`, `vgw-1@gw-x` */
  readonly name: string;
}

export interface Stations {
  /** Gateways, and members that have the address of the network's router. */
  readonly trusted: readonly Station[];
  readonly members: readonly Station[];
  /**
   * The router is a machine that the file does not describe: its MAC is not known, and so nobody is kept away who is not known
   * to be a member.
   */
  readonly strangers: boolean;
}

export function stationsOn(model: Model, names: ReadonlySet<string>): ReadonlyMap<string, Stations> {
  const found = new Map([...names].map((name): [string, Found] => [name, { trusted: new Map(), members: new Map() }]));
  const routers = new Map([...names].map((name) => [name, unknownRouters(model.networks.get(name))]));
  const seen = (network: string, addresses: readonly InterfaceAddress[], mac: string | null): void => {
    if (mac !== null) for (const address of addresses) routers.get(network)?.delete(addressPart(address));
  };
  for (const gateway of model.gateways.values()) addGateway(model, gateway, found, seen);
  for (const host of model.hosts.values()) addHost(model, host, found, seen);
  return new Map(
    [...found].map(([name, { trusted, members }]) => [
      name,
      {
        trusted: stations(trusted),
        members: stations(members).filter(({ mac }) => !trusted.has(mac)),
        strangers: (routers.get(name)?.size ?? 0) > 0,
      },
    ]),
  );
}

/** Whether the host's own stack is a gateway of the network. */
export function isGatewayHere(model: Model, host: Host, network: string): boolean {
  return [...model.gateways.values()].some((gateway) =>
    gateway.members.some(
      (member) =>
        member.host === host.name && member.namespace === null && member.nics.some((nic) => nic.network === network),
    ),
  );
}

/** Whether one of the addresses is that of the network's router. */
export function isRouter(network: Network | undefined, addresses: readonly InterfaceAddress[]): boolean {
  const own = new Set(addresses.map(addressPart));
  return network?.subnets.some(({ router }) => router !== null && own.has(router)) === true;
}

/** By MAC. */
interface Found {
  readonly trusted: Map<string, string>;
  readonly members: Map<string, string>;
}

type Seen = (network: string, addresses: readonly InterfaceAddress[], mac: string | null) => void;

function addGateway(model: Model, gateway: Gateway, found: ReadonlyMap<string, Found>, seen: Seen): void {
  for (const { network, addresses, natAddresses } of gateway.nics) {
    if (!found.has(network)) continue;
    for (const member of gateway.members) {
      const nic = member.nics.find((each) => each.network === network);
      if (nic === undefined) continue;
      // In the host's own stack it may be the host's NIC there that speaks.
      const hosts = member.namespace === null ? model.hosts.get(member.host)?.nics : undefined;
      const also = hosts?.find((each) => each.network === network)?.mac ?? null;
      for (const mac of [nic.mac, also]) if (mac !== null) found.get(network)?.trusted.set(mac, member.name);
      seen(network, [...addresses, ...natAddresses, ...nic.own], nic.mac);
    }
  }
}

function addHost(model: Model, host: Host, found: ReadonlyMap<string, Found>, seen: Seen): void {
  for (const { owner, network, isolated } of host.attachments) {
    const part = found.get(network);
    if (part === undefined || owner.type !== 'guest') continue;
    const nic = model.guests.get(owner.name)?.nics.find((each) => each.network === network);
    if (nic === undefined) continue;
    (isolated ? part.members : part.trusted).set(nic.mac, owner.name);
    seen(network, nic.addresses, nic.mac);
  }
  for (const { network, addresses, mac } of host.nics) {
    const part = found.get(network);
    if (part === undefined || mac === null) continue;
    (isRouter(model.networks.get(network), addresses) ? part.trusted : part.members).set(mac, host.name);
    seen(network, addresses, mac);
  }
}

function unknownRouters(network: Network | undefined): Set<string> {
  return new Set(network?.subnets.flatMap(({ router }) => router ?? []) ?? []);
}

function stations(byMac: ReadonlyMap<string, string>): readonly Station[] {
  return [...byMac].map(([mac, name]) => ({ mac, name }));
}
