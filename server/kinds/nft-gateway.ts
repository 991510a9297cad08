/** A gateway as its firewall and NAT see it: interfaces, what lies behind each, and which addresses are its own. */
import type { Address, Family, Prefix } from '../core/address.ts';
import { addressPart, familyOf, prefixContains } from '../core/address.ts';
import type { Gateway, GatewayMember, GatewayNic, HostNic, Model, Network, Tunnel } from '../flow/model.ts';
import { speakersOf, syncLinkOf } from './link-failover.ts';
import type { Speaker, SyncLink } from './link-failover.ts';

export const FAMILIES: readonly Family[] = [4, 6];

export interface GatewayPort {
  readonly network: Network;
  readonly nic: GatewayNic;
  readonly device: string;
}

export interface GatewayView {
  readonly gateway: Gateway;
  /** In order of network name. */
  readonly ports: readonly GatewayPort[];
  readonly byNetwork: ReadonlyMap<string, GatewayPort>;
  /** How it speaks to the other members of its cluster; none where there are no others. */
  readonly speakers: readonly Speaker[];
  /** How it tells the other one of its flows. */
  readonly sync: SyncLink | undefined;
  /** Every subnet of every realm that the gateway has a NIC in: what is not `internet`. */
  readonly subnets: readonly Prefix[];
  /** Where it runs in a stack that is not wholly ours: then only what has to do with its interfaces is judged. */
  readonly host: HostStack | null;
}

/** What a host's own stack has beside the gateway that runs in it. */
export interface HostStack {
  /** The host's NICs on networks of the gateway: the same interfaces, with addresses of the host's own. */
  readonly nics: readonly HostNic[];
  /** VXLAN tunnels whose packets come in by such an interface. */
  readonly tunnels: readonly Tunnel[];
}

/** As one of its members has it: interfaces may be called differently on each. */
export function viewGateway(model: Model, gateway: Gateway, member: GatewayMember): GatewayView {
  const devices = new Map(member.nics.map(({ network, device }) => [network, device]));
  const ports = gateway.nics
    .flatMap((nic): GatewayPort[] => {
      const device = devices.get(nic.network);
      return device === undefined ? [] : [{ network: networkOf(model, nic.network), nic, device }];
    })
    .toSorted((a, b) => (a.network.name < b.network.name ? -1 : 1));
  const realms = new Set(ports.map((port) => port.network.realm));
  const subnets = [...model.networks.values()].filter((network) => realms.has(network.realm)).flatMap(prefixesOf);
  const byNetwork = new Map(ports.map((port) => [port.network.name, port]));
  const speakers = speakersOf(gateway, member);
  const sync = syncLinkOf(gateway, member, (network) => byNetwork.get(network)?.network.external === true);
  return {
    gateway,
    ports,
    byNetwork,
    speakers,
    sync,
    subnets,
    host: member.namespace === null ? hostStack(model, member) : null,
  };
}

function hostStack(model: Model, member: GatewayMember): HostStack {
  const host = model.hosts.get(member.host);
  const devices = new Set(member.nics.map(({ device }) => device));
  return {
    nics: host?.nics.filter(({ device }) => devices.has(device)) ?? [],
    tunnels: host?.tunnels.filter(({ underlayDevice }) => devices.has(underlayDevice)) ?? [],
  };
}

export function prefixesOf(network: Network): readonly Prefix[] {
  return network.subnets.map((subnet) => subnet.prefix);
}

export function inFamily<T extends string>(family: Family, texts: readonly T[]): readonly T[] {
  return texts.filter((text) => familyOf(text) === family);
}

export function ownAddresses(nic: GatewayNic): readonly Address[] {
  return [...new Set([...nic.addresses, ...nic.natAddresses].map(addressPart))];
}

/** The gateway's own address in a subnet of the port's network, else the first of that family it has there. */
export function addressIn(port: GatewayPort, subnet: Prefix): Address | undefined {
  const candidates = inFamily(familyOf(subnet), port.nic.addresses).map(addressPart);
  return candidates.find((address) => prefixContains(subnet, address)) ?? candidates[0];
}

function networkOf(model: Model, name: string): Network {
  const network = model.networks.get(name);
  if (network === undefined) throw new TypeError(`no network ${name} in the model`);
  return network;
}
