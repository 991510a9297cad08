/**
 * In: the model. Out: nothing; says where `isolated` cannot hold, where it leaves members with nobody to speak to, and which
 * expectations it makes impossible. What carries it out is kind `isolation`.
 */
import { addressPart, prefixContains } from '../../core/address.ts';
import type { Endpoint, Expectation, Host, HostNic, Model, Network } from '../../flow/model.ts';
import type { Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { listNames, related } from '../report.ts';

interface Member {
  readonly name: string;
  readonly kind: 'guest' | 'host';
  readonly addresses: readonly string[];
}

export function checkIsolation(model: Model, topology: Topology, notes: Notes): void {
  const isolated = [...model.networks.values()].filter(
    (network) => network.isolated && !notes.doubtful.has(network.name),
  );
  if (isolated.length === 0) return;
  const names = new Set(isolated.map(({ name }) => name));
  const members = membersOf(model, names);
  for (const network of isolated) checkAlone(network, members.get(network.name) ?? [], model, topology, notes);
  for (const host of model.hosts.values()) checkBarePorts(host, names, model, topology, notes);
  checkMacs(model, names, topology, notes);
  for (const expectation of model.expectations) checkExpectation(expectation, isolated, members, topology, notes);
}

/** Without those that have the address of the network's router. */
function membersOf(model: Model, names: ReadonlySet<string>): ReadonlyMap<string, readonly Member[]> {
  const members = new Map<string, Member[]>([...names].map((name) => [name, []]));
  const add = (kind: Member['kind'], name: string, network: string, written: readonly string[]): void => {
    const addresses = written.map(addressPart);
    const routers = model.networks.get(network)?.subnets.map(({ router }) => router) ?? [];
    if (!addresses.some((each) => routers.includes(each))) members.get(network)?.push({ kind, name, addresses });
  };
  for (const { name, nics } of model.guests.values()) {
    for (const { network, addresses } of nics) add('guest', name, network, addresses);
  }
  for (const host of model.hosts.values()) {
    for (const { network, addresses } of host.nics) {
      if (!isGateway(model, host, network)) add('host', host.name, network, addresses);
    }
  }
  return members;
}

function isGateway(model: Model, host: Host, network: string): boolean {
  return [...model.gateways.values()].some(
    ({ runs, members, nics }) =>
      runs === 'host' &&
      members.some((member) => member.host === host.name) &&
      nics.some((nic) => nic.network === network),
  );
}

function checkAlone(
  { name, subnets }: Network,
  members: readonly Member[],
  model: Model,
  topology: Topology,
  notes: Notes,
): void {
  const entry = topology.networks.get(name);
  const reached =
    subnets.some(({ router }) => router !== null) ||
    [...model.gateways.values()].some(({ nics }) => nics.some(({ network }) => network === name));
  if (entry === undefined || members.length === 0 || reached) return;
  notes.report(
    'isolated-alone',
    entry.isolated?.place ?? entry.place,
    `Members of network ${name} reach gateways and its router only, and it has neither: ${listNames(members.map((each) => each.name).sort())} can speak to nobody there.`,
    {
      hint: `attach a gateway: \`nics: { ${name}: ADDRESS }\`, write the network's \`router\`, or leave \`isolated\` out`,
    },
  );
}

function checkBarePorts(host: Host, names: ReadonlySet<string>, model: Model, topology: Topology, notes: Notes): void {
  for (const nic of host.nics) {
    if (!names.has(nic.network) || !isBare(nic) || isGateway(model, host, nic.network)) continue;
    const network = topology.networks.get(nic.network);
    notes.report(
      'isolated-bare-port',
      nic.place,
      `Frames are kept from members of isolated network ${nic.network} by the bridge they are on; the NIC of host ${host.name} is on a port without one, and would hear every member of other hosts.`,
      {
        hint: `put the port into a bridge: \`bridges: { br-${nic.network}: { ports: [${nic.device}], networks: [${nic.network}] } }\``,
        ...(network === undefined
          ? {}
          : { related: [related(network.isolated?.place ?? network.place, 'isolated here')] }),
      },
    );
  }
}

function isBare({ on }: HostNic): boolean {
  return on.type === 'port' || on.type === 'bond';
}

/** An existing machine has a MAC already; of all others the plan makes the NIC, and knows. */
function checkMacs(model: Model, names: ReadonlySet<string>, topology: Topology, notes: Notes): void {
  for (const { name, nics } of model.guests.values()) {
    for (const { network, existing, mac } of nics) {
      const entry = topology.guests.get(name)?.nics.get(network);
      if (!existing || !names.has(network) || entry === undefined || entry.mac !== null) continue;
      notes.report(
        'isolated-mac',
        entry.port?.place ?? entry.place,
        `On isolated network ${network} a member is heard with its own MAC only. That of guest ${name}, which exists already, is not written; it is taken for ${mac}, and with any other one the guest is cut off.`,
        { hint: 'write the one that the machine has: `mac: …`' },
      );
    }
  }
}

function checkExpectation(
  { verdict, from, to, place, text }: Expectation,
  isolated: readonly Network[],
  members: ReadonlyMap<string, readonly Member[]>,
  topology: Topology,
  notes: Notes,
): void {
  if (verdict !== 'allow') return;
  const [isSender, isReceiver] = [endTest(from), endTest(to)];
  for (const network of isolated) {
    const there = members.get(network.name) ?? [];
    const senders = there.filter((each) => isSender(each, network));
    const pair =
      senders.length === 0
        ? undefined
        : firstPair(
            senders,
            there.filter((each) => isReceiver(each, network)),
          );
    const entry = topology.networks.get(network.name);
    if (pair === undefined || entry === undefined) continue;
    notes.report(
      'isolated-expectation',
      place,
      `\`${text}\` can't hold: ${pair[0].name} and ${pair[1].name} are both on network ${network.name}, whose members can't reach each other, whatever policy says.`,
      {
        hint: 'expect `deny`, publish the port on the gateway and expect its address, or leave `isolated` out',
        related: [related(entry.isolated?.place ?? entry.place, 'isolated here')],
      },
    );
    return;
  }
}

/** Two that are not the same. */
function firstPair(senders: readonly Member[], receivers: readonly Member[]): readonly [Member, Member] | undefined {
  for (const sender of senders.slice(0, 2)) {
    const receiver = receivers.find((each) => each.name !== sender.name);
    if (receiver !== undefined) return [sender, receiver];
  }
  return undefined;
}

/** Whether a member is one of the ends. */
function endTest(ends: readonly Endpoint[]): (member: Member, network: Network) => boolean {
  const named = new Set(ends.flatMap((end) => ('name' in end ? `${end.type}/${end.name}` : [])));
  const prefixes = ends.filter((end) => end.type === 'prefix');
  return ({ kind, name, addresses }, network) =>
    named.has(`network/${network.name}`) ||
    named.has(`${kind}/${name}`) ||
    prefixes.some(
      ({ realm, prefix }) =>
        (realm ?? network.realm) === network.realm && addresses.some((each) => prefixContains(prefix, each)),
    );
}
