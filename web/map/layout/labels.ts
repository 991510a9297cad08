import type { GraphEdge, GraphFacts, GraphNode } from '../../../server/flow/graph.ts';
import type { LayerId } from '../layers.ts';
import type { HostSite, Leaf, PortSite, Tower } from './site.ts';
import { label } from './text.ts';

/** What is written into and beside the shapes, in each layer. Facts are said as `10.1.1.10/24 on shop`. */

/** A name, and what the layer tells of it on this network; the panel has the rest. */
export function leafLabel({ role, node, edge }: Leaf, layer: LayerId): string {
  const name = role === 'nic' ? 'host address' : node.label;
  return label([name, role === 'nic' ? nicLine(node, edge, layer) : guestLine(node, edge, layer)]);
}

function nicLine({ facts }: GraphNode, { network, facts: line }: GraphEdge, layer: LayerId): string | undefined {
  const own = listed(facts, 'addresses').find((each) => each.includes(` on ${network ?? ''} (`));
  if (layer === 'physical') return own === undefined ? undefined : /\(([^)]*)\)$/.exec(own)?.[1];
  if (layer === 'l2') return mtuOf(line);
  return address(own?.split(' ')[0], layer);
}

function guestLine({ facts }: GraphNode, { network }: GraphEdge, layer: LayerId): string | undefined {
  switch (layer) {
    case 'physical':
      return listed(facts, 'devices')[0]?.split(', bridge port ')[1];
    case 'l2':
      return onNetwork(facts, 'MAC', network);
    case 'nat':
      return publishedLine(facts);
    case 'guests':
      return [listed(facts, 'runs')[0] ?? 'external', listed(facts, 'needs')[0]?.replace(' of memory', '')]
        .filter((part) => part !== undefined)
        .join(' · ');
    case 'overview':
    case 'l3':
      return address(onNetwork(facts, 'addresses', network), layer);
  }
}

/** `192.0.2.10:443/tcp -> web:8443 (gw)` → `:443/tcp → :8443`; of several the first, and how many more. */
function publishedLine(facts: GraphFacts): string | undefined {
  const mappings = listed(facts, 'published');
  const [first] = mappings;
  if (first === undefined) return undefined;
  const short = /(:[\d-]+\/\w+) -> .*?(:[\d-]+)(?=,| |$)/.exec(first);
  const text = short === null ? first : `${short[1] ?? ''} → ${short[2] ?? ''}`;
  return mappings.length === 1 ? text : `${text} +${String(mappings.length - 1)}`;
}

function address(text: string | undefined, layer: LayerId): string | undefined {
  return layer === 'l3' ? text : text?.replace(/\/\d+$/, '');
}

export function portLabel({ node }: PortSite, layer: LayerId): string {
  const bond = layer === 'physical' ? bondOf(node.facts) : undefined;
  return label([bond ?? node.label], bond === undefined ? 16 : 34);
}

/** `bond0: 802.3ad of eno1, eno2` → `bond0 = eno1 + eno2`. */
function bondOf(facts: GraphFacts): string | undefined {
  const parts = /^(\S+): \S+ of (.+)$/.exec(listed(facts, 'bond')[0] ?? '');
  return parts === null ? undefined : `${parts[1] ?? ''} = ${(parts[2] ?? '').replaceAll(', ', ' + ')}`;
}

export function towerLabel({ role, node }: Tower, layer: LayerId): string {
  const more = role === 'bridge' ? bridgeWord(node.facts, layer) : undefined;
  const name = label([node.label], 18);
  return more === undefined ? name : `${name} · ${more}`;
}

function bridgeWord(facts: GraphFacts, layer: LayerId): string | undefined {
  if (layer === 'physical') return mtuOf(facts);
  return layer === 'l2' ? listed(facts, 'type')[0] : undefined;
}

/** Beside the point where something with several networks is joined to one of them. */
export function jointLabel({ role, node }: Tower, edge: GraphEdge, layer: LayerId): string {
  const { facts } = node;
  const said = (): string | undefined => {
    if (layer === 'l2') return role === 'bridge' ? carriedWord(edge.facts) : onNetwork(facts, 'MAC', edge.network);
    if (role === 'bridge') return undefined;
    if (layer === 'physical') return interfaceOn(facts, edge.network);
    if (layer === 'l3') return onNetwork(facts, 'addresses', edge.network);
    return layer === 'nat' ? natWord(facts, edge.network) : undefined;
  };
  return label([said()], 30);
}

function carriedWord(facts: GraphFacts): string | undefined {
  return listed(facts, 'carried')[0]?.replace(/ over .*$/, '');
}

function interfaceOn(facts: GraphFacts, network: string | undefined): string | undefined {
  const own = listed(facts, 'interfaces').find((each) => each.split(/ on |, /)[1] === network);
  return own?.split(' on ')[0];
}

/** What a gateway does with packets of a network: where they leave under another address, and what is published there. */
function natWord(facts: GraphFacts, network: string | undefined): string | undefined {
  const masquerade = listed(facts, 'masquerade')
    .map((each) => /^(\S+) -> (\S+) as/.exec(each))
    .find((each) => each?.[1] === network);
  const own = [...listed(facts, 'addresses'), ...listed(facts, 'further addresses')]
    .filter((each) => each.endsWith(` on ${network ?? ''}`))
    .map((each) => (each.split(/[/ ]/)[0] ?? '').toLowerCase());
  const published = listed(facts, 'publishes').filter((each) =>
    own.some((each4) => each.startsWith(`${each4}:`) || each.startsWith(`[${each4}]:`)),
  ).length;
  const words = [
    ...(masquerade ? [`masquerade → ${masquerade[2] ?? ''}`] : []),
    ...(published === 0 ? [] : [`${String(published)} published`]),
  ];
  return words.length === 0 ? undefined : words.join(', ');
}

export function networkLabel(network: GraphNode, layer: LayerId): string {
  return label([network.label, networkLine(network, layer)], 34);
}

/** The second line of a network's card: what tells it from others, in the terms of the layer. */
function networkLine({ facts }: GraphNode, layer: LayerId): string {
  const carried = listed(facts, 'carried')[0];
  const [subnet] = listed(facts, 'subnets');
  const count = (fact: string, one: string): string => {
    const { length } = listed(facts, fact);
    return `${String(length)} ${one}${length === 1 ? '' : 's'}`;
  };
  const parts = {
    overview: [carried === 'untagged' ? undefined : carried, subnet],
    physical: [carried],
    l2: [carried, mtuOf(facts)],
    l3: [subnet, ...listed(facts, 'routers').slice(0, 1)],
    nat: [count('policy', 'policy line')],
    guests: [count('guests', 'guest')],
  }[layer];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/** A collapsed host: its name, and two lines of counters. */
export function cardLabel(site: HostSite): string {
  const { node, layer, ports } = site;
  const count = (n: number, word: string): string => `${String(n)} ${word}${n === 1 ? '' : 's'}`;
  const gateways = site.gatewayCount === 0 ? undefined : count(site.gatewayCount, 'gateway');
  const lines = {
    overview: [count(site.guestCount, 'guest'), [count(site.networks.size, 'network'), gateways]],
    physical: [ports.map((port) => port.node.label).join(', ') || 'no ports', listed(node.facts, 'bonds').slice(0, 1)],
    l2: [count(site.bridges.length, 'bridge'), [count(site.networks.size, 'network')]],
    l3: listed(node.facts, 'addresses')
      .slice(0, 2)
      .map((each) => each.split(' ')[0] ?? ''),
    nat: [gateways ?? 'no gateway', []],
    guests: [
      count(site.guestCount, 'guest'),
      listed(node.facts, 'capacity').map((each) => each.replace(' of memory', '')),
    ],
  }[layer];
  return label(
    [node.label, ...lines.map((line) => (typeof line === 'string' ? line : line.filter(Boolean).join(' · ')))],
    30,
  );
}

function mtuOf(facts: GraphFacts): string | undefined {
  const mtu = facts['MTU'];
  return typeof mtu === 'number' ? `MTU ${String(mtu)}` : undefined;
}

/** The value of a fact that is said of each network: `10.1.1.10/24 on shop` → `10.1.1.10/24`. */
function onNetwork(facts: GraphFacts, fact: string, network: string | undefined): string | undefined {
  const words = listed(facts, fact).map((each) => each.split(' '));
  return words.find(([, on, name]) => on === 'on' && name === network)?.[0];
}

function listed(facts: GraphFacts, fact: string): readonly string[] {
  return [facts[fact] ?? []].flat().map(String);
}
