/** How rules name what they look at, and what must hold before it is there. */
import type { Need, TableFamily, Term } from './ruleset.ts';
import type { FieldName } from './field-names.ts';
import { FIELD_NAMES, isField } from './field-names.ts';

const IP: Need = { field: 'l3proto', values: [0x08_00n] };
const IP6: Need = { field: 'l3proto', values: [0x86_ddn] };
const protocols = (...values: readonly bigint[]): Need => ({ field: 'l4proto', values });
const NONE: readonly Need[] = [];

/** What nft puts in front of a match on the field, and leaves out of its listing. */
function needsOf(field: FieldName): readonly Need[] {
  if (/^(ct original )?ip /.test(field)) return [IP];
  if (/^(ct original )?ip6 /.test(field)) return [IP6];
  if (field.startsWith('icmp ')) return [IP, protocols(1n)];
  if (field.startsWith('icmpv6 ')) return [IP6, protocols(58n)];
  return field === 'tcp flags' ? [protocols(6n)] : NONE;
}

const NEEDS = new Map(FIELD_NAMES.map((field) => [field, needsOf(field)]));

/** What stands in front of a look at the field, and the field. */
export function term(field: FieldName, ...needs: readonly Need[]): Term {
  return { field, mask: null, needs: [...needs, ...(NEEDS.get(field) ?? NONE)] };
}

/** Protocols that have two ports where `th sport` and `th dport` look: udp, udplite, tcp, sctp, dccp. */
export const WITH_PORTS: readonly bigint[] = [6n, 17n, 33n, 132n, 136n];

/** Payload fields that are another field under some condition. */
const PAYLOAD: Readonly<Record<string, Term>> = {
  'ip protocol': term('l4proto', IP),
  ...Object.fromEntries(
    Object.entries({ tcp: 6n, udp: 17n, sctp: 132n, dccp: 33n, udplite: 136n }).flatMap(([word, number]) =>
      (['sport', 'dport'] as const).map((end) => [`${word} ${end}`, term(`th ${end}`, protocols(number))]),
    ),
  ),
};

/** `undefined` for a field that is not known. */
export function payloadTerm(protocol: string, name: string): Term | undefined {
  const text = `${protocol} ${name}`;
  if (Object.hasOwn(PAYLOAD, text)) return PAYLOAD[text];
  return /^(ip|ip6|tcp|icmp|icmpv6|th|ether|vlan)$/.test(protocol) && isField(text) ? term(text) : undefined;
}

const META: Readonly<Record<string, FieldName>> = {
  iifname: 'iifname',
  oifname: 'oifname',
  // An index, which nft shows as the name of the interface that has it.
  iif: 'iifname',
  oif: 'oifname',
  mark: 'mark',
  l4proto: 'l4proto',
  nfproto: 'nfproto',
  protocol: 'l3proto',
  pkttype: 'pkttype',
  length: 'length',
};

export function metaTerm(key: string): Term | undefined {
  return Object.hasOwn(META, key) ? termOf(META[key]) : undefined;
}

export function conntrackTerm(key: string, direction: string | undefined, family: TableFamily): Term | undefined {
  if (direction === undefined) return termOf(`ct ${key}`);
  if (direction !== 'original') return undefined;
  // In a table of one family `ct original saddr` needs no word for it.
  const word = /^(saddr|daddr)$/.test(key) && (family === 'ip' || family === 'ip6') ? `${family} ${key}` : key;
  return termOf(`ct original ${word}`);
}

export function fibTerm(result: string, flags: readonly string[]): Term | undefined {
  return termOf(`fib ${flags.join(' . ')} ${result}`);
}

function termOf(name: string | undefined): Term | undefined {
  return name !== undefined && isField(name) ? term(name) : undefined;
}
