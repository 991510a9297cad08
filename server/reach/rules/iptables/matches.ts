/** What the matches of iptables-extensions(8) look at. */
import type { FieldName } from '../field-names.ts';
import { payloadTerm } from '../fields.ts';
import { printableText } from '../printable.ts';
import type { Match, Statement } from '../ruleset.ts';
import { readAddressTypes } from './address-types.ts';
import { readConntrack, readState } from './conntrack.ts';
import type { Extension, Option } from './options.ts';
import type { Family } from './values.ts';
import { addressSpan, field, matchOn, nameOf, numberOf, prefixOf, protocolOf, single, spanOf } from './values.ts';

export interface InRule {
  readonly family: Family;
  /** Of `-p`, where it says one. */
  readonly protocol: bigint | null;
}

/** One option; `undefined` for what is not understood. */
type ReadOption = (option: Option, inRule: InRule) => readonly Statement[] | undefined;

const PORT_MOST = 65_535n;

export function readOwn(
  { name, negated, args: [value = ''] }: Option,
  { family }: InRule,
): readonly Match[] | undefined {
  switch (name) {
    case '-s':
    case '-d': {
      const prefix = prefixOf(value, family);
      const end = name === '-s' ? 'saddr' : 'daddr';
      const key = field(`${family === 4 ? 'ip' : 'ip6'} ${end}`, prefix?.mask ?? null);
      return prefix === undefined ? undefined : [matchOn(key, [prefix.span], negated)];
    }
    case '-i':
    case '-o':
      if (value === '+') return negated ? undefined : [];
      return [matchOn(field(name === '-i' ? 'iifname' : 'oifname'), [nameOf(value)], negated)];
    case '-p': {
      const protocol = value === 'all' ? 0n : protocolOf(value);
      if (protocol === undefined) return undefined;
      if (protocol === 0n) return negated ? undefined : [];
      return [matchOn(field('l4proto'), [single(protocol)], negated)];
    }
    case '-f':
      return family === 4 ? [matchOn(field('ip frag-off', 0x1f_ffn), [single(0n)], !negated)] : undefined;
    default:
      return undefined;
  }
}

/** Says nothing of the packet. */
const SILENT = new Set(['comment']);

export function readMatchExtension(extension: Extension, inRule: InRule): readonly Statement[] | undefined {
  const { name, options } = extension;
  if (SILENT.has(name)) return [];
  if (name === 'conntrack') return readConntrack(options, inRule.family);
  if (name === 'state') return readState(options);
  if (name === 'addrtype') return readAddressTypes(options, inRule.family);
  const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (reader === undefined || (options.length === 0 && !LOADED_ALONE.has(name))) return undefined;
  // Options of one match hold together: what is understood of them stays.
  return options.flatMap((option) => reader(option, inRule) ?? [conditionOf({ name, options: [option] })]);
}

/** Not understood: may hold or not. */
export function conditionOf(extension: Extension): Statement {
  return { type: 'condition', text: textOf(extension) };
}

export function textOf({ name, options }: Extension): string {
  const words = options.flatMap((option) => [...(option.negated ? ['!'] : []), option.name, ...option.args]);
  return printableText([...(name === '' ? [] : [name]), ...words].join(' '));
}

/** Loaded by `-p` without saying anything. */
const LOADED_ALONE = new Set(['tcp', 'udp', 'udplite', 'sctp', 'dccp', 'icmp', 'icmp6', 'ipv6-icmp']);

const ported =
  (protocol: string): ReadOption =>
  ({ name, negated, args }) => {
    const end = END[name];
    const key = end === undefined ? undefined : payloadTerm(protocol, end);
    const span = spanOf(args[0], PORT_MOST);
    return key === undefined || span === undefined || args.length > 1 ? undefined : [matchOn(key, [span], negated)];
  };

const END: Readonly<Record<string, 'sport' | 'dport'>> = {
  ...{ '--sport': 'sport', '--source-port': 'sport', '--dport': 'dport', '--destination-port': 'dport' },
};

const readTcp: ReadOption = (option, inRule) => {
  const { name, negated, args } = option;
  if (name === '--syn') return flagsMatch('FIN,SYN,RST,ACK', 'SYN', negated);
  if (name === '--tcp-flags') return flagsMatch(args[0] ?? '', args[1] ?? '', negated);
  return ported('tcp')(option, inRule);
};

const FLAGS: Readonly<Record<string, bigint>> = {
  ...{ FIN: 1n, SYN: 2n, RST: 4n, PSH: 8n, ACK: 16n, URG: 32n, ALL: 63n, NONE: 0n },
};

function flagsMatch(looked: string, set: string, negated: boolean): readonly Match[] | undefined {
  const mask = bitsOfWords(looked, FLAGS);
  const value = bitsOfWords(set, FLAGS);
  return mask === undefined || value === undefined
    ? undefined
    : [matchOn(field('tcp flags', mask), [single(value)], negated)];
}

/** `SYN,ACK` */
function bitsOfWords(text: string, words: Readonly<Record<string, bigint>>): bigint | undefined {
  let bits = 0n;
  for (const word of text.split(',')) {
    const bit = Object.hasOwn(words, word) ? words[word] : undefined;
    if (bit === undefined) return undefined;
    bits |= bit;
  }
  return bits;
}

const WITH_PORTS: Readonly<Record<string, string>> = { 6: 'tcp', 17: 'udp', 33: 'dccp', 132: 'sctp', 136: 'udplite' };

const readMultiport: ReadOption = ({ name, negated, args: [list = ''] }, { protocol }) => {
  const word = WITH_PORTS[String(protocol)];
  const spans = list.split(',').map((each) => spanOf(each, PORT_MOST));
  if (word === undefined || !spans.every((each) => each !== undefined)) return undefined;
  const on = (end: 'sport' | 'dport'): readonly Match[] => {
    const key = payloadTerm(word, end);
    return key === undefined ? [] : [matchOn(key, spans, negated)];
  };
  if (/^--(sports|source-ports)$/.test(name)) return on('sport');
  if (/^--(dports|destination-ports)$/.test(name)) return on('dport');
  if (name !== '--ports') return undefined;
  return negated ? [...on('sport'), ...on('dport')] : [{ type: 'either', of: [on('sport'), on('dport')] }];
};

const readIcmp: ReadOption = ({ name, negated, args: [value = ''] }, { family }) => {
  if (name !== (family === 4 ? '--icmp-type' : '--icmpv6-type')) return undefined;
  const [type, code] = value.split('/').map((each) => numberOf(each, 255n));
  if (value === 'any' || (family === 4 && type === 255n)) return negated ? undefined : [];
  const word = family === 4 ? 'icmp' : 'icmpv6';
  if (type === undefined || (value.includes('/') && code === undefined)) return undefined;
  const on = (what: 'type' | 'code', number: bigint): Match =>
    matchOn(field(`${word} ${what}`), [single(number)], negated);
  if (code === undefined) return [on('type', type)];
  const both = [on('type', type), on('code', code)];
  return negated ? [{ type: 'either', of: both.map((each) => [each]) }] : both;
};

/** `0x1/0x3` */
export function maskedOf(
  text: string | undefined,
): { readonly value: bigint; readonly mask: bigint | null } | undefined {
  const [first, second, ...rest] = text?.split('/') ?? [];
  const [value, mask] = [numberOf(first), second === undefined ? null : numberOf(second)];
  return value === undefined || mask === undefined || rest.length > 0 ? undefined : { value, mask };
}

const readMark =
  (name: FieldName): ReadOption =>
  (option) => {
    const mark = option.name === '--mark' ? maskedOf(option.args[0]) : undefined;
    if (mark === undefined) return undefined;
    return [matchOn(field(name, mark.mask), [single(mark.value)], option.negated)];
  };

/** One number of a field, told by the option's name. */
const numbers =
  (name: FieldName, most: bigint, options: Readonly<Record<string, '=' | '<' | '>' | 'span'>>): ReadOption =>
  (option) => {
    const how = options[option.name];
    const span = how === 'span' ? spanOf(option.args[0], most) : undefined;
    const value = numberOf(option.args[0], most);
    if (how === 'span') return span === undefined ? undefined : [matchOn(field(name), [span], option.negated)];
    if (how === undefined || value === undefined) return undefined;
    if (how === '=') return [matchOn(field(name), [single(value)], option.negated)];
    if (how === '>')
      return value === most ? undefined : [matchOn(field(name), [{ first: value + 1n, last: most }], option.negated)];
    return value === 0n ? undefined : [matchOn(field(name), [{ first: 0n, last: value - 1n }], option.negated)];
  };

const readLength: ReadOption = (option, inRule) =>
  inRule.family === 4 ? numbers('ip length', PORT_MOST, { '--length': 'span' })(option, inRule) : undefined;

const readDscp: ReadOption = (option, inRule) =>
  numbers(inRule.family === 4 ? 'ip dscp' : 'ip6 dscp', 63n, { '--dscp': '=' })(option, inRule);

const readMac: ReadOption = ({ name, negated, args: [value = ''] }) => {
  if (name !== '--mac-source' || !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(value)) return undefined;
  return [matchOn(field('ether saddr'), [single(BigInt(`0x${value.replaceAll(':', '')}`))], negated)];
};

const PACKET_TYPES: Readonly<Record<string, bigint>> = { unicast: 0n, broadcast: 1n, multicast: 2n };

const readPacketType: ReadOption = ({ name, negated, args: [value = ''] }) => {
  const type = Object.hasOwn(PACKET_TYPES, value) ? PACKET_TYPES[value] : undefined;
  return name !== '--pkt-type' || type === undefined ? undefined : [matchOn(field('pkttype'), [single(type)], negated)];
};

const readRange: ReadOption = ({ name, negated, args: [value = ''] }, { family }) => {
  const span = addressSpan(value, family);
  const end = name === '--src-range' ? 'saddr' : name === '--dst-range' ? 'daddr' : undefined;
  if (span === undefined || end === undefined) return undefined;
  return [matchOn(field(`${family === 4 ? 'ip' : 'ip6'} ${end}`), [span], negated)];
};

const READERS: Readonly<Record<string, ReadOption>> = {
  tcp: readTcp,
  udp: ported('udp'),
  udplite: ported('udplite'),
  sctp: ported('sctp'),
  dccp: ported('dccp'),
  multiport: readMultiport,
  icmp: readIcmp,
  icmp6: readIcmp,
  'ipv6-icmp': readIcmp,
  mark: readMark('mark'),
  connmark: readMark('ct mark'),
  iprange: readRange,
  mac: readMac,
  pkttype: readPacketType,
  length: readLength,
  dscp: readDscp,
  ttl: numbers('ip ttl', 255n, { '--ttl-eq': '=', '--ttl': '=', '--ttl-lt': '<', '--ttl-gt': '>' }),
  hl: numbers('ip6 hoplimit', 255n, { '--hl-eq': '=', '--hl-lt': '<', '--hl-gt': '>' }),
};
