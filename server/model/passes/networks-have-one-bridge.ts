/**
 * In: the resolved topology, how its networks travel, and who is on them. Out: for every host, which of its bridges carries
 * which network, and whether that bridge is plain or VLAN-aware. A network is carried by exactly one bridge of a host: with
 * two, its members there could not reach each other, or frames would circle. VXLAN networks have bridges of their own.
 */
import type { CarriedNetwork, Transport } from '../../flow/model.ts';
import type { BridgeEntry, HostEntry, Located, Topology } from '../../flow/topology.ts';
import { isGlob, matchesGlob } from '../glob.ts';
import type { Member, Members } from '../members.ts';
import type { Notes } from '../report.ts';
import { bridgesDoubtful, byPlace, capital, compareText, listNames, related } from '../report.ts';

export interface WiredBridge {
  readonly entry: BridgeEntry;
  readonly vlanAware: boolean;
  /** Networks with somebody on this host, in order of name. */
  readonly carries: readonly CarriedNetwork[];
}

export interface HostWiring {
  /** In order of name. */
  readonly bridges: readonly WiredBridge[];
  /** The bridge that would carry the network here, with or without a member. */
  readonly declared: (network: string) => string | undefined;
  /** The bridge that does carry it. */
  readonly carrier: ReadonlyMap<string, { readonly bridge: WiredBridge; readonly carried: CarriedNetwork }>;
}

export type Wiring = ReadonlyMap<string, HostWiring>;

export function wireNetworks(
  topology: Topology,
  transports: ReadonlyMap<string, Transport>,
  vids: ReadonlyMap<string, number>,
  members: Members,
  notes: Notes,
): Wiring {
  const bridged = [...transports].filter(([, transport]) => transport.type !== 'vxlan').map(([name]) => name);
  return new Map(
    [...topology.hosts.values()].map((host) => {
      for (const bridge of host.bridges.values()) refuseVxlan(host.name, bridge, transports, notes);
      const declared = declaredBridges(host, bridged.sort(), notes);
      return [host.name, wireHost(host, declared, transports, vids, members.get(host.name) ?? new Map(), notes)];
    }),
  );
}

function wireHost(
  host: HostEntry,
  declared: (network: string) => string | undefined,
  transports: ReadonlyMap<string, Transport>,
  vids: ReadonlyMap<string, number>,
  members: ReadonlyMap<string, readonly Member[]>,
  notes: Notes,
): HostWiring {
  const needed = new Map<string, { readonly network: string; readonly transport: Transport }[]>();
  for (const [network, list] of members) {
    const transport = transports.get(network);
    const onBridge = list.filter((member) => member.barePort === null);
    if (transport === undefined || transport.type === 'vxlan' || onBridge.length === 0) continue;
    const bridge = declared(network);
    if (bridge === undefined) {
      // A bridge that names it wrongly was reported for that.
      if (!notes.meant.has(network)) reportNotCarried(host, network, onBridge, notes);
    } else needed.set(bridge, [...(needed.get(bridge) ?? []), { network, transport }]);
  }
  const bridges = [...host.bridges.values()]
    .sort((a, b) => compareText(a.name, b.name))
    .map((entry): WiredBridge => {
      const networks = (needed.get(entry.name) ?? []).sort((a, b) => compareText(a.network, b.network));
      const vlanAware = networks.length > 1 || networks[0]?.transport.type === 'vlan';
      const carries = networks.map(({ network, transport }): CarriedNetwork => {
        const tagged = transport.type === 'vlan';
        const vid = tagged ? transport.id : (vids.get(network) ?? null);
        if (vlanAware && vid === null) reportNoVid(entry, network, notes);
        return { network, vid: vlanAware ? vid : null, tagged };
      });
      return { entry, vlanAware, carries };
    });
  const carrier = new Map(
    bridges.flatMap((bridge) => bridge.carries.map((carried) => [carried.network, { bridge, carried }] as const)),
  );
  return { bridges, declared, carrier };
}

/** Answers which bridge of the host a network belongs to, by what the bridges name. */
export function declaredBridges(
  host: HostEntry,
  networks: readonly string[],
  notes: Notes,
): (network: string) => string | undefined {
  const named = new Map<string, { readonly bridge: string; readonly entry: Located<string> }>();
  const reported = new Set<string>();
  const bridges = [...host.bridges.values()].sort((a, b) => byPlace(a.place, b.place));
  for (const bridge of bridges) {
    for (const entry of bridge.networks ?? []) {
      const meant = isGlob(entry.value) ? networks.filter((name) => matchesGlob(entry.value, name)) : [entry.value];
      for (const network of meant) {
        const other = named.get(network);
        if (other === undefined) named.set(network, { bridge: bridge.name, entry });
        // One word on a pair of entries, however many networks both match.
        else if (other.bridge !== bridge.name && !reported.has(`${other.bridge}/${other.entry.value}/${entry.value}`)) {
          reported.add(`${other.bridge}/${other.entry.value}/${entry.value}`);
          reportTwice(host, network, bridge, entry.place, other, notes);
        }
      }
    }
  }
  const [catchAll, ...others] = bridges.filter((bridge) => bridge.networks === null);
  const rest = networks.filter((network) => !named.has(network));
  if (catchAll !== undefined && rest[0] !== undefined) {
    for (const bridge of others) {
      notes.doubtful.add(bridgesDoubtful(host.name));
      notes.report(
        'carried-twice',
        bridge.place,
        `Bridges ${catchAll.name} and ${bridge.name} of host ${host.name} name no networks, so both would carry ${listNames(rest, 3)}.`,
        { hint: 'give one of them `networks:`', related: [related(catchAll.place, `bridge ${catchAll.name} is here`)] },
      );
    }
  }
  return (network) => named.get(network)?.bridge ?? catchAll?.name;
}

function reportTwice(
  host: HostEntry,
  network: string,
  bridge: BridgeEntry,
  place: BridgeEntry['place'],
  other: { readonly bridge: string; readonly entry: Located<string> },
  notes: Notes,
): void {
  notes.doubtful.add(bridgesDoubtful(host.name));
  notes.report(
    'carried-twice',
    place,
    `Network ${network} is carried by bridge ${other.bridge} of host ${host.name} already; with a second bridge its members on ${bridge.name} would be cut off from those.`,
    {
      hint: 'name it on one bridge of the host only',
      related: [related(other.entry.place, `bridge ${other.bridge} names it here`)],
    },
  );
}

function refuseVxlan(
  host: string,
  bridge: BridgeEntry,
  transports: ReadonlyMap<string, Transport>,
  notes: Notes,
): void {
  for (const { value, place } of bridge.networks ?? []) {
    if (transports.get(value)?.type !== 'vxlan') continue;
    notes.doubtful.add(bridgesDoubtful(host));
    notes.report(
      'carried-twice',
      place,
      `Network ${value} is carried in VXLAN, which has a bridge of its own on each host with a member.`,
      {
        hint: `leave ${value} out of bridge ${bridge.name}`,
      },
    );
  }
}

function reportNotCarried(host: HostEntry, network: string, members: readonly Member[], notes: Notes): void {
  const bridges = [...host.bridges.keys()].sort();
  const why =
    bridges.length === 0
      ? `host ${host.name} has no bridge`
      : `${listNames(bridges.map((name) => `bridge ${name}`))} of host ${host.name} ${bridges.length === 1 ? 'names' : 'name'} other networks only`;
  for (const member of members) {
    notes.report(
      'not-carried',
      member.place,
      `${capital(member.kind)} ${member.name} has a NIC on network ${network}, and ${why}.`,
      {
        hint:
          bridges[0] === undefined
            ? `add \`bridges: { br0: {} }\` to host ${host.name}`
            : `add ${network} to \`networks:\` of a bridge of host ${host.name}`,
      },
    );
  }
}

function reportNoVid(bridge: BridgeEntry, network: string, notes: Notes): void {
  notes.report(
    'vlan-twice',
    bridge.place,
    `Bridge ${bridge.name} needs a VLAN id inside for the untagged network ${network}, and the file uses all of them.`,
    {
      hint: `give ${network} a bridge of its own`,
    },
  );
}
