/**
 * NAT rules in the text of `iptables-save` (iptables-save(8)). `nft` shows those of iptables-nft without their parameters, so they
 * are read here and stand for the nft rule at the same place in its chain; those of iptables-legacy stand in no nft table.
 */
import { parseAddress } from '../core/address.ts';
import type { TableView } from '../flow/hostview.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import { lineKey, objectKey } from './ledger.ts';
import { ANYTHING, withMatch } from './nat-rule.ts';
import type { NatMatch, NatRule, Ports } from './nat-rule.ts';
import { isMulticast, MOST_JUMPS, prefixText } from './nft-rules.ts';

interface Line {
  readonly table: string;
  readonly chain: string;
  readonly words: readonly string[];
  readonly text: string;
  readonly file: string;
  /** Line of the file, from 1. */
  readonly at: number;
}

/** Rules that stand in no nft table, by their key in the ledger. */
export function legacyLines(snapshot: Snapshot): ReadonlyMap<string, string> {
  const lines = linesOf(snapshot).filter((line) => tableOf(snapshot, line) === undefined);
  return new Map(lines.map(({ file, at, table, text }) => [lineKey(file, at), `${file}, table ${table}, ${text}`]));
}

export function iptablesRules(snapshot: Snapshot): readonly NatRule[] {
  const nat = linesOf(snapshot).filter(({ table }) => table === 'nat');
  const files = [...new Set(nat.map(({ file }) => file))];
  return files.flatMap((file) =>
    rulesOf(
      snapshot,
      nat.filter((line) => line.file === file),
    ),
  );
}

/** Tables that are read from the text instead of the listing. */
export function isIptables(snapshot: Snapshot, table: TableView): boolean {
  return linesOf(snapshot).some((line) => tableOf(snapshot, line) === table);
}

function linesOf({ iptables }: Snapshot): readonly Line[] {
  return [...iptables].flatMap(([file, text]) => {
    let table = '';
    return text.split('\n').flatMap((line, index): Line[] => {
      if (line.startsWith('*')) table = line.slice(1).trim();
      const rule = line.replace(COUNTED, '');
      if (!rule.startsWith('-A ')) return [];
      const words = splitWords(rule);
      return [{ table, chain: words[1] ?? '', words: words.slice(2), text: rule, file, at: index + 1 }];
    });
  });
}

/** Packets and bytes, in front where counters were asked for. */
const COUNTED = /^\[\d+:\d+\] /;

/** Quotes are as iptables-save writes them: around a value with blanks, `\"` inside. */
function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => plain ?? quoted ?? '');
}

function tableOf({ host, iptables }: Snapshot, { file, table }: Line): TableView | undefined {
  if (file.includes('legacy') || iptables.get(file)?.includes('(nf_tables)') !== true) return undefined;
  const family = file.startsWith('ip6') ? 'ip6' : 'ip';
  return host.tables.find((each) => each.family === family && each.name === table);
}

function rulesOf(snapshot: Snapshot, lines: readonly Line[]): readonly NatRule[] {
  const chains = Map.groupBy(lines, ({ chain }) => chain);
  const exceptions = new Set<string>();
  let jumps = 0;
  const walk = (base: string, name: string, reached: Reached, path: readonly string[]): readonly NatRule[] =>
    path.includes(name) || (jumps += 1) > MOST_JUMPS
      ? []
      : (chains.get(name) ?? []).flatMap((line, position) => {
          const key = keyOf(snapshot, line, position);
          const read = readLine(line, reached);
          if (chains.has(read.target))
            return walk(base, read.target, { ...read, keys: [...reached.keys, key] }, [...path, name]);
          if (read.type === null) {
            if (
              ['ACCEPT', 'RETURN', 'DROP'].includes(read.target) &&
              !(read.match.destinations?.every(isMulticast) ?? false)
            )
              exceptions.add(base);
            return [];
          }
          const { type, match, to } = read;
          const unknown = exceptions.has(base)
            ? [...read.unknown, 'a rule before it that makes exceptions']
            : read.unknown;
          return [
            {
              keys: [key, ...reached.keys],
              place: `${line.file}, ${line.text}`,
              type,
              families: line.file.startsWith('ip6') ? [6] : [4],
              match,
              unknown,
              to,
            },
          ];
        });
  return ['PREROUTING', 'POSTROUTING'].flatMap((base) =>
    walk(base, base, { match: ANYTHING, unknown: [], keys: [] }, []),
  );
}

function keyOf(snapshot: Snapshot, line: Line, position: number): string {
  const table = tableOf(snapshot, line);
  if (table === undefined) return lineKey(line.file, line.at);
  const rules = table.objects.flatMap((object, at) => {
    const rule = object['rule'] as { readonly chain?: unknown } | undefined;
    return rule?.chain === line.chain ? [at] : [];
  });
  return objectKey(table, rules[position] ?? 0);
}

interface Reached {
  readonly match: NatMatch;
  readonly unknown: readonly string[];
  readonly keys: readonly string[];
}

interface Read extends Omit<Reached, 'keys'> {
  readonly target: string;
  readonly type: NatRule['type'] | null;
  readonly to: NatRule['to'];
}

function readLine({ words }: Line, reached: Reached): Read {
  let read: Read = { ...reached, target: '', type: null, to: null };
  let not = false;
  for (let at = 0; at < words.length; at += 1) {
    const option = words[at] ?? '';
    if (option === '!') {
      not = true;
      continue;
    }
    const value = words[at + 1] ?? '';
    at += 1;
    read = { ...read, ...(not ? unlike(read, option, value) : like(read, option, value)) };
    not = false;
  }
  return read;
}

/** What the options of a rule say to whoever reads it, and matches that only load what another option asks. */
const WITHOUT_MEANING = new Set(['--comment', '-c']);
const LOADED = new Set(['tcp', 'udp', 'multiport', 'comment']);

function like(read: Read, option: string, value: string): Partial<Read> {
  if (WITHOUT_MEANING.has(option) || (option === '-m' && LOADED.has(value))) return {};
  if (option === '-j' || option === '-g') {
    const type = value === 'DNAT' ? 'destination' : value === 'SNAT' || value === 'MASQUERADE' ? 'source' : null;
    return { target: value, type };
  }
  if (option === '--to-destination' || option === '--to-source') {
    const to = targetOf(value);
    return to === undefined ? unknownIn(read, option) : { to };
  }
  const more = matchOf(option, value);
  const match = more === undefined ? undefined : withMatch(read.match, more);
  return match === undefined ? unknownIn(read, option) : { match };
}

function unlike(read: Read, option: string, value: string): Partial<Read> {
  const prefix = option === '-d' ? prefixText(value) : undefined;
  const more =
    option === '-o' && !value.endsWith('+')
      ? { notOutputs: [value] }
      : prefix === undefined
        ? undefined
        : { notDestinations: [prefix] };
  const match = more === undefined ? undefined : withMatch(read.match, more);
  return match === undefined ? unknownIn(read, `! ${option}`) : { match };
}

function unknownIn({ unknown }: Read, option: string): Pick<Read, 'unknown'> {
  return { unknown: [...unknown, option] };
}

function matchOf(option: string, value: string): Partial<NatMatch> | undefined {
  switch (option) {
    case '-i':
      return value.endsWith('+') ? undefined : { inputs: [value] };
    case '-o':
      return value.endsWith('+') ? undefined : { outputs: [value] };
    case '-s':
    case '-d': {
      const prefix = prefixText(value);
      if (prefix === undefined) return undefined;
      return option === '-s' ? { sources: [prefix] } : { destinations: [prefix] };
    }
    case '-p':
      return value === 'tcp' || value === 'udp' ? { protocol: value } : undefined;
    case '--dport':
    case '--dports': {
      const ports = value.split(',').map((each) => portsOf(each, ':'));
      return ports.every((each) => each !== undefined) ? { ports } : undefined;
    }
    default:
      return undefined;
  }
}

/** `10.0.0.5`, `10.0.0.5:8443`, `10.0.0.5:8000-8010`, `[2001:db8::5]:80` */
function targetOf(text: string): NatRule['to'] | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^\s[\]]+?))(?::(\d+(?:-\d+)?))?$/.exec(text) ?? [];
  const whole = parseAddress(text);
  if (whole !== undefined) return { address: whole.text, ports: null };
  const address = parseAddress(bracketed ?? plain ?? '')?.text;
  const ports = port === undefined ? null : portsOf(port, '-');
  return address === undefined || ports === undefined ? undefined : { address, ports };
}

function portsOf(text: string, between: ':' | '-'): Ports | undefined {
  const [first = '', last = first] = text.split(between);
  if (!/^\d{1,5}$/.test(first) || !/^\d{1,5}$/.test(last)) return undefined;
  const ports = { first: Number(first), last: Number(last) };
  return ports.first > 0 && ports.last < 65_536 && ports.first <= ports.last ? ports : undefined;
}
