/**
 * What dnsmasq is told (dnsmasq(8)). Everybody whom the model knows has a reservation, by his MAC, and nobody else is answered: so
 * there is nothing to remember. No leases are kept, and each member of a cluster answers the same, the one that has the
 * network's address now.
 */
import type { Address, Family, ParsedPrefix } from '../../core/address.ts';
import { addressPart, familyOf, formatAddress, mustParsePrefix, prefixContains } from '../../core/address.ts';
import { digest } from '../../core/hash.ts';
import type { GuestNic, Model, Network } from '../../flow/model.ts';
import { nameServer } from '../link-dhcp.ts';
import type { GatewayNicOnHost } from '../link-gateways.ts';
import { namesIn } from './names.ts';

/** Seconds: after so long everybody has what has changed meanwhile. */
const LEASE = 3600;
/** Seconds between two router advertisements, and for how long one holds. */
const ADVERTISE = 60;
const ROUTER_LIFETIME = 1800;

/** Of nobody (RFC 5612): behind it stands a hash. */
const EXAMPLE_ENTERPRISE = 32473;

/** A guest whose way out is another NIC. */
const ELSEWHERE = 'elsewhere';

/** An interface, and the network that is told by it. */
export interface Served {
  readonly network: Network;
  readonly nic: GatewayNicOnHost;
}

export function dnsmasqText(model: Model, served: readonly Served[]): string {
  const networks = served.map(({ network }) => network);
  const realms = new Set(networks.map(({ realm }) => realm));
  const domains = [...new Set(networks.flatMap(({ dhcp }) => dhcp?.domain ?? []))].sort();
  const upstream = [...new Set(networks.flatMap(({ dhcp }) => dhcp?.upstream ?? []))].sort();
  const reserved = networks.flatMap((network) => reservations(model, network));
  const lines = [
    // On these interfaces only, also while their addresses come and go.
    'bind-dynamic',
    'except-interface=lo',
    ...served.map(({ nic }) => `interface=${nic.own.device}`),
    // Nothing of what the machine itself goes by.
    ...['no-hosts', 'no-resolv', 'no-poll', 'domain-needed', 'bogus-priv'],
    ...domains.map((domain) => `local=/${domain}/`),
    ...upstream.map((address) => `server=${address}`),
    ...domains.flatMap((domain) => namesIn(model, realms, domain)),
    ...['dhcp-authoritative', 'no-ping', 'leasefile-ro', 'quiet-dhcp', 'quiet-dhcp6', 'quiet-ra'],
    // Whoever asks has no say in what he is called, and whom nobody knows is not answered.
    ...['dhcp-ignore-names', 'dhcp-ignore=tag:!known'],
    // Of both families, for each.
    `dhcp-lease-max=${String(Math.max(1000, 2 * reserved.length))}`,
    ...(networks.some(({ ipv6 }) => ipv6) ? ['enable-ra', serverOf(model, served)] : []),
    ...served.flatMap(networkLines),
    ...reserved,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** The same of all members of a cluster, so that whoever takes over is who is asked for the same address again (RFC 9915, 11.3). */
function serverOf({ topology }: Model, served: readonly Served[]): string {
  const names = served.map(({ nic }) => nic.gateway.name);
  const bytes = [...digest('dhcp server', topology, ...names.slice(0, 1)).subarray(0, 8)];
  return `dhcp-duid=${String(EXAMPLE_ENTERPRISE)},${bytes.map((each) => each.toString(16).padStart(2, '0')).join(':')}`;
}

function networkLines({ network, nic }: Served): readonly string[] {
  return [
    ...network.subnets.flatMap((subnet, index) => {
      const tag = `${nic.own.device}-${String(index)}`;
      const prefix = mustParsePrefix(subnet.prefix);
      const server = nameServer(nic.nic, prefix.family);
      return prefix.family === 4
        ? linesOfFour(network, prefix, tag, subnet.router, server)
        : linesOfSix(network, prefix, tag, server);
    }),
    ...(network.ipv6
      ? [`ra-param=${nic.own.device},${String(ADVERTISE)},${String(routerLifetime(network, nic))}`]
      : []),
  ];
}

function linesOfFour(
  { mtu, dhcp }: Network,
  prefix: ParsedPrefix,
  tag: string,
  router: Address | null,
  server: Address | undefined,
): readonly string[] {
  const own = `dhcp-option=tag:${tag},`;
  return [
    `dhcp-range=set:${tag},${addressPart(prefix.text)},static,${netmask(prefix.length)},${String(LEASE)}`,
    // Without a value it is not told at all; unsaid, it would be the gateway itself.
    ...(router === null ? [`${own}option:router`] : [`${own}tag:!${ELSEWHERE},option:router,${router}`]),
    ...(router === null ? [] : [`${own}tag:${ELSEWHERE},option:router`]),
    `${own}option:dns-server${server === undefined ? '' : `,${server}`}`,
    ...(dhcp === null ? [] : [`${own}option:domain-name,${dhcp.domain}`]),
    `${own}option:mtu,${String(mtu)}`,
  ];
}

/** Addresses come by DHCPv6 (managed), never by what a host makes of the prefix; the way out comes with the advertisements. */
function linesOfSix(
  { dhcp }: Network,
  prefix: ParsedPrefix,
  tag: string,
  server: Address | undefined,
): readonly string[] {
  const own = `dhcp-option=tag:${tag},`;
  return [
    `dhcp-range=set:${tag},${addressPart(prefix.text)},static,${String(prefix.length)},${String(LEASE)}`,
    `${own}option6:dns-server${server === undefined ? '' : `,[${server}]`}`,
    ...(dhcp === null ? [] : [`${own}option6:domain-search,${dhcp.domain}`]),
  ];
}

/** Nobody goes by a gateway that is not the network's router. */
function routerLifetime({ subnets }: Network, { nic }: GatewayNicOnHost): number {
  const routers = subnets.flatMap(({ router }) => (router !== null && familyOf(router) === 6 ? [router] : []));
  const own = nic.addresses.map(addressPart);
  return routers.some((router) => own.includes(router)) ? ROUTER_LIFETIME : 0;
}

/** By MAC: one line for each guest on the network. */
function reservations(model: Model, network: Network): readonly string[] {
  return [...model.guests.values()].flatMap(({ name, nics }) =>
    nics.filter((nic) => nic.network === network.name).flatMap((nic) => reservation(network, name, nic)),
  );
}

function reservation({ subnets }: Network, name: string, nic: GuestNic): readonly string[] {
  const inSubnets = (family: Family): readonly Address[] =>
    nic.addresses
      .map(addressPart)
      .filter((each) => familyOf(each) === family && subnets.some(({ prefix }) => prefixContains(prefix, each)));
  // It is asked for one IPv4 address at a time.
  const addresses = [...inSubnets(4).slice(0, 1), ...inSubnets(6).map((each) => `[${each}]`)];
  if (addresses.length === 0) return [];
  const goesElsewhere = !nic.defaultVia.some((each) => familyOf(each) === 4);
  const tag = goesElsewhere ? [`set:${ELSEWHERE}`] : [];
  return [`dhcp-host=${[nic.mac, ...tag, ...addresses, name].join(',')}`];
}

function netmask(length: number): Address {
  return formatAddress(4, ((1n << 32n) - 1n) ^ ((1n << BigInt(32 - length)) - 1n));
}
