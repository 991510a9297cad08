import type { GraphDocument, GraphNode } from '../../server/flow/graph.ts';

/**
 * The small language of the find field. Words must all hold; `-` turns one round; several values of one word are alternatives:
 *
 *     vlan:20 host:gw-x state:down kind:guest,gateway 10.1. -disk mac:02:4b "two words" name:web*
 */
export interface Query {
  readonly terms: readonly Term[];
  /** What is no word of the language, as people should read it. */
  readonly problems: readonly string[];
}

interface Term {
  /** `null`: anything that people look for (name, addresses, MAC, subnets, devices). */
  readonly key: FindKey | null;
  readonly values: readonly string[];
  readonly not: boolean;
}

export const FIND_KEYS = ['kind', 'host', 'network', 'vlan', 'state', 'mark', 'name', 'address', 'mac', 'mtu'] as const;
export type FindKey = (typeof FIND_KEYS)[number];

const SAME: Readonly<Record<string, FindKey>> = {
  on: 'host',
  net: 'network',
  ip: 'address',
  addr: 'address',
  is: 'state',
};

export function parseQuery(text: string): Query {
  const problems: string[] = [];
  const terms = [...text.matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi)].flatMap((match): Term[] => {
    const [whole, minus, word, quoted, bare] = match;
    // Somebody is about to write what should be left out, or the value of a word.
    if (whole === '-' || /^-?[a-z]+:$/i.test(whole)) return [];
    const key = word === undefined ? null : keyOf(word.toLowerCase());
    // A colon inside an address or a MAC is none of the language: `fd00::1`, `02:4b:78`.
    if (key === undefined) {
      if (looksLikeAddress(whole)) return [{ key: null, values: [whole.toLowerCase()], not: false }];
      problems.push(`There is no word “${word ?? ''}:”. There are ${FIND_KEYS.map((each) => `${each}:`).join(', ')}.`);
      return [];
    }
    const value = (quoted ?? bare ?? '').toLowerCase();
    const values = quoted === undefined && key !== null ? value.split(',').filter(Boolean) : [value];
    return values.every((each) => each === '') ? [] : [{ key, values, not: minus === '-' }];
  });
  return { terms, problems };
}

function keyOf(word: string): FindKey | undefined {
  return FIND_KEYS.find((key) => key === word) ?? (Object.hasOwn(SAME, word) ? SAME[word] : undefined);
}

function looksLikeAddress(text: string): boolean {
  return /^[0-9a-f:]*:[0-9a-f:./]*$/i.test(text);
}

/** What is known of nodes beside the graph: their live state, and what a mode says of them. */
export interface Known {
  readonly state: (id: string) => readonly string[];
  readonly mark: (id: string) => string | undefined;
}

export const NOTHING_KNOWN: Known = { state: () => [], mark: () => undefined };

/** What the find field found. */
export interface Search {
  /** Ids; `null`: nothing is looked for. */
  readonly found: ReadonlySet<string> | null;
  readonly problems: readonly string[];
}

/** What is asked of each node, made once a graph: a search runs with every letter typed. */
export interface FindIndex {
  readonly entries: readonly Entry[];
}

interface Entry {
  readonly node: GraphNode;
  readonly host: string;
  readonly networks: readonly string[];
  readonly vlans: readonly number[];
  readonly addresses: string;
  readonly mac: string;
  readonly mtu: readonly number[];
  readonly text: string;
}

/** Facts that people look for; others name half of the topology. */
const SEARCHED = ['addresses', 'further addresses', 'MAC', 'subnets', 'device', 'devices', 'interfaces', 'carried'];

export function findIndex({ nodes, edges }: GraphDocument): FindIndex {
  const labels = new Map(nodes.map(({ id, label }) => [id, label]));
  const on = new Map<string, Set<string>>();
  const hang = (id: string, network: string): void => {
    const known = on.get(id);
    if (known) known.add(network);
    else on.set(id, new Set([network]));
  };
  for (const { source, target, network } of edges) {
    if (network === undefined) continue;
    hang(source, network);
    hang(target, network);
  }
  const vlans = new Map(nodes.filter(({ kind }) => kind === 'network').map((node) => [node.label, vlanOf(node)]));
  return {
    entries: nodes.map((node): Entry => {
      const said = (facts: readonly string[]): string =>
        facts
          .flatMap((fact) => node.facts[fact] ?? [])
          .map(String)
          .join('\n')
          .toLowerCase();
      const networks =
        node.kind === 'network' ? [node.label] : node.kind === 'internet' ? [] : [...(on.get(node.id) ?? [])];
      const host = node.kind === 'host' ? node.label : node.parent === undefined ? undefined : labels.get(node.parent);
      return {
        node,
        host: (host ?? hostsOf(node).join('\n')).toLowerCase(),
        networks: networks.map((each) => each.toLowerCase()),
        vlans: networks.flatMap((each) => vlans.get(each) ?? []),
        addresses: said(['addresses', 'further addresses', 'subnets']),
        mac: said(['MAC', 'interfaces']),
        mtu: [...said(['MTU']).matchAll(/^\d+/gm)].map(([mtu]) => Number(mtu)),
        // The networks that values are on are asked for by `network:`.
        text: `${node.label.toLowerCase()}\n${said(SEARCHED).replace(/ on [^\s,]+/g, '')}`,
      };
    }),
  };
}

/** A gateway with members on several hosts lies in none of them. */
function hostsOf({ facts }: GraphNode): readonly string[] {
  return [facts['members'] ?? []].flat().flatMap((member) => /@([^, ]+)/.exec(String(member))?.[1] ?? []);
}

function vlanOf({ facts }: GraphNode): readonly number[] {
  const vlan = /^VLAN (\d+)$/.exec(String(facts['carried'] ?? ''));
  return vlan === null ? [] : [Number(vlan[1])];
}

/** Ids of the nodes that all terms hold for; `null` where nothing is asked. */
export function findNodes(index: FindIndex, query: Query, known: Known = NOTHING_KNOWN): ReadonlySet<string> | null {
  if (query.terms.length === 0) return null;
  const tests = query.terms.map((term) => testOf(term, known));
  return new Set(index.entries.filter((entry) => tests.every((holds) => holds(entry))).map(({ node }) => node.id));
}

type Test = (entry: Entry) => boolean;

function testOf({ key, values, not }: Term, known: Known): Test {
  const tests = values.map((value) => valueTest(key, value, known));
  return (entry) => tests.some((holds) => holds(entry)) !== not;
}

function valueTest(key: FindKey | null, value: string, known: Known): Test {
  const like = pattern(value);
  const range = rangeOf(value);
  const inRange = (numbers: readonly number[]): boolean =>
    numbers.some((n) => range !== null && n >= range[0] && n <= range[1]);
  switch (key) {
    case null:
      return ({ text }) => text.split('\n').some((line) => like.within(line));
    case 'kind':
      return ({ node }) => node.kind === value || `${node.kind}s` === value;
    case 'host':
      return ({ host }) => host.split('\n').some(like.whole);
    case 'network':
      return ({ networks }) => networks.some(like.whole);
    case 'vlan':
      return ({ vlans }) => inRange(vlans);
    case 'mtu':
      return ({ mtu }) => inRange(mtu);
    case 'name':
      return ({ node }) => like.within(node.label.toLowerCase());
    case 'address':
      return ({ addresses }) => addresses.split('\n').some((line) => like.within(line.split(' ')[0] ?? ''));
    case 'mac':
      return ({ mac }) => like.within(mac);
    case 'state':
      return ({ node }) => known.state(node.id).includes(value);
    case 'mark':
      return ({ node }) => known.mark(node.id) === value;
  }
}

function rangeOf(value: string): readonly [number, number] | null {
  const parts = /^(\d+)(?:-(\d+))?$/.exec(value);
  if (parts === null) return null;
  return [Number(parts[1]), Number(parts[2] ?? parts[1])];
}

interface Pattern {
  readonly whole: (text: string) => boolean;
  readonly within: (text: string) => boolean;
}

/** `*` stands for any text. Without it a word is looked for anywhere, and names of hosts and networks must be the whole word. */
function pattern(value: string): Pattern {
  if (!value.includes('*')) return { whole: (text) => text === value, within: (text) => text.includes(value) };
  const parts = value.split('*');
  const whole = (text: string): boolean => {
    const [first = '', ...rest] = parts;
    const last = rest.pop() ?? '';
    if (!text.startsWith(first)) return false;
    let from = first.length;
    for (const part of rest) {
      const at = text.indexOf(part, from);
      if (at === -1) return false;
      from = at + part.length;
    }
    return text.length - last.length >= from && text.endsWith(last);
  };
  return { whole, within: whole };
}
