/**
 * NAT rules of the host → port mappings and masquerades of a gateway in the host's own stack. Rules of others are never changed:
 * what is written here stands beside them, says the same, and takes their place once a person takes them out.
 */
import type { Family, Prefix } from '../core/address.ts';
import { addressPart, familyOf, prefixContains, prefixCovers } from '../core/address.ts';
import type { DraftGateway, DraftNetwork } from './draft.ts';
import { iptablesRules, isIptables } from './iptables.ts';
import type { Import } from './job.ts';
import type { NatRule, Ports } from './nat-rule.ts';
import { nftRules } from './nft-rules.ts';
import { ownerOfForeign } from './tables.ts';

const DHCP_SERVER = 67;

export function draftNat(job: Import): void {
  const { snapshot, ledger, draft, nameFor } = job;
  const listed = snapshot.host.tables.filter(
    (table) => ownerOfForeign(table) === undefined && !isIptables(snapshot, table),
  );
  const rules = [...listed.flatMap(nftRules), ...iptablesRules(snapshot)];
  const gateway: DraftGateway = { name: '', beside: [], publishes: [], masquerades: [] };
  const forwards = snapshot.host.sysctls.get('net/ipv4/ip_forward') !== '0';
  const answersDhcp = snapshot.udpPorts.has(DHCP_SERVER);
  for (const rule of rules) {
    const reason = !forwards
      ? FORWARDS_NOTHING
      : answersDhcp
        ? DHCP
        : (whyUnknown(rule) ?? draftRule(job, gateway, rule));
    for (const key of rule.keys) {
      if (reason === undefined) ledger.inFile(key, 'gateways, nat');
      else if (key === rule.keys[0]) ledger.list(key, reason);
    }
  }
  if (gateway.publishes.length + gateway.masquerades.length > 0)
    draft.gateway = { ...gateway, beside: besideOf(job), name: nameFor(`${draft.host}-nat`, 'nat') };
}

function besideOf({ snapshot, draft }: Import): readonly string[] {
  const inFile = new Set(draft.networks.map(({ device }) => device));
  const links = [...snapshot.host.links.values()].filter(({ name }) => !inFile.has(name));
  return links
    .filter(({ up, addresses }) => up && addresses.some((each) => !each.kernel && each.scope === 'global'))
    .map(({ name }) => name);
}

const FORWARDS_NOTHING = 'the host forwards nothing (net.ipv4.ip_forward is 0), so that it has no effect';
const DHCP =
  'the host answers DHCP (UDP port 67), which a gateway in its stack would not let in: let the gateway run in a namespace, or leave these rules as they are';

function whyUnknown({ unknown }: NatRule): string | undefined {
  return unknown.length === 0 ? undefined : `it translates, and says what a file cannot: ${unknown.join(', ')}`;
}

/** Why it cannot be said; `undefined` where it was. */
function draftRule(job: Import, gateway: DraftGateway, rule: NatRule): string | undefined {
  return rule.type === 'destination' ? publish(job, gateway, rule) : masquerade(job, gateway, rule);
}

const withAddresses = ({ draft }: Import): readonly DraftNetwork[] =>
  draft.networks.filter(({ device, addresses }) => device !== null && addresses.length > 0);

function publish(job: Import, gateway: DraftGateway, rule: NatRule): string | undefined {
  const { match, to, place } = rule;
  const { protocol, ports } = match;
  if (to === null) return 'it names no target';
  if (protocol === null || ports === null) return 'a port mapping names tcp or udp, and its ports';
  if (match.outputs !== null || match.notOutputs.length + match.notDestinations.length > 0)
    return 'a port mapping makes no exceptions';
  const networks = withAddresses(job);
  if (!networks.some(({ subnets }) => subnets.some((subnet) => prefixContains(subnet, to.address))))
    return `${to.address} is on no network of the file`;
  const listens = listenOn(networks, rule);
  if (listens === undefined) return 'it names neither an address of the host nor one interface that has some';
  const from = sourcesOf(networks, rule);
  if (from === undefined) return 'whom it is for by its interface cannot be said';
  for (const each of ports) if (!fits(each, to.ports)) return 'several ports lead to other ones inside';
  const entries = listens.flatMap((address) =>
    ports.map((each) => ({
      listen: `${familyOf(address) === 6 ? `[${address}]` : address}:${portText(each)}/${protocol}`,
      to: targetText(to.address, to.ports, each),
      target: { address: to.address, service: `${portText(inside(to.ports, each))}/${protocol}` },
      from,
      note: place,
    })),
  );
  if (entries.some(({ listen }) => gateway.publishes.some((other) => other.listen === listen)))
    return 'another rule for the same address and port comes before it';
  gateway.publishes.push(...entries);
  return undefined;
}

function fits(ports: Ports, to: Ports | null): boolean {
  if (to === null) return true;
  if (ports.first === ports.last) return to.first === to.last;
  return ports.first === to.first && ports.last === to.last;
}

/** The ports where it arrives. */
function inside(to: Ports | null, from: Ports): Ports {
  return to ?? from;
}

function portText({ first, last }: Ports): string {
  return first === last ? String(first) : `${String(first)}-${String(last)}`;
}

function targetText(address: string, to: Ports | null, from: Ports): string {
  const text = familyOf(address) === 6 ? `[${address}]` : address;
  const port = from.first === from.last ? inside(to, from).first : null;
  return port === null ? text : `${text}:${String(port)}`;
}

function listenOn(networks: readonly DraftNetwork[], { match, to }: NatRule): readonly string[] | undefined {
  const { destinations, inputs } = match;
  const family = familyOf(to?.address ?? '');
  const own = (network: DraftNetwork): readonly string[] =>
    network.addresses.map(addressPart).filter((each) => familyOf(each) === family);
  if (destinations !== null) {
    const listed = destinations.map((prefix) => networks.flatMap(own).find((each) => isJust(prefix, each)));
    return listed.every((each) => each !== undefined) ? listed : undefined;
  }
  const [input, ...more] = inputs ?? [];
  const network = more.length === 0 ? networks.find(({ device }) => device === input) : undefined;
  const addresses = network === undefined ? [] : own(network);
  return addresses.length === 0 ? undefined : addresses;
}

function isJust(prefix: Prefix, address: string): boolean {
  return prefix === `${address}/${familyOf(address) === 6 ? '128' : '32'}`;
}

/** Empty: for everybody. By an interface come those on its network and, over an external one, the internet. */
function sourcesOf(networks: readonly DraftNetwork[], { match }: NatRule): readonly string[] | undefined {
  const { inputs, sources } = match;
  if (sources !== null) return sources;
  if (inputs === null) return [];
  const found = inputs.map((input) => networks.find(({ device }) => device === input));
  if (!found.every((each) => each !== undefined)) return undefined;
  const external = found.some(({ routers }) => routers.length > 0);
  return [...found.map(({ name }) => name), ...(external ? ['internet'] : [])];
}

function masquerade(job: Import, gateway: DraftGateway, { match, to, place, families }: NatRule): string | undefined {
  const { sources, outputs, notOutputs, notDestinations } = match;
  if (match.inputs !== null || match.protocol !== null || match.ports !== null || match.destinations !== null)
    return 'a masquerade is for all that goes from one network to another';
  const networks = withAddresses(job);
  const from =
    sources === null
      ? networks
      : networks.filter((each) =>
          each.subnets.some((subnet) => sources.some((source) => prefixCovers(source, subnet))),
        );
  if (
    sources?.some((source) => !from.some((each) => each.subnets.some((subnet) => prefixCovers(source, subnet)))) ===
    true
  )
    return 'its sources are no whole network of the file';
  const out = networks.filter(
    ({ device, subnets }) =>
      (outputs?.includes(device ?? '') ?? true) &&
      !notOutputs.includes(device ?? '') &&
      !subnets.some((subnet) => notDestinations.some((each) => prefixCovers(each, subnet))),
  );
  if (outputs?.some((each) => !networks.some(({ device }) => device === each)) === true)
    return 'the interface that it is for is on no network of the file';
  if (to !== null && (to.ports !== null || !out.every((each) => isFirst(each, to.address))))
    return `${to.address} is not the first address of the host there, and a masquerade takes that one`;
  const seen = familiesOf(families, sources, to);
  const pairs = from.flatMap((a) =>
    out.filter((b) => a !== b && common(a, b).some((each) => seen.includes(each))).map((b) => [a, b] as const),
  );
  if (pairs.length === 0) return 'it is for no two networks of the file';
  if (pairs.some(([a, b]) => !common(a, b).every((each) => seen.includes(each))))
    return 'it is for one address family, and a masquerade is for both that the networks have';
  for (const [a, b] of pairs) {
    const known = gateway.masquerades.some((other) => other.from === a.name && other.to === b.name);
    if (!known) gateway.masquerades.push({ from: a.name, to: b.name, note: place });
  }
  return undefined;
}

function familiesOf(
  families: readonly Family[],
  sources: readonly Prefix[] | null,
  to: NatRule['to'],
): readonly Family[] {
  const texts = [...(sources ?? []), ...(to === null ? [] : [to.address])];
  return families.filter((family) => texts.length === 0 || texts.some((each) => familyOf(each) === family));
}

function isFirst({ addresses }: DraftNetwork, address: string): boolean {
  return addresses.map(addressPart).find((each) => familyOf(each) === familyOf(address)) === address;
}

/** Families in which both have addresses. */
function common(a: DraftNetwork, b: DraftNetwork): readonly Family[] {
  const has = ({ subnets }: DraftNetwork, family: Family): boolean => subnets.some((each) => familyOf(each) === family);
  return ([4, 6] as const).filter((family) => has(a, family) && has(b, family));
}
