/**
 * Rules of `nft -j` as nft itself writes them, which is what a person recognises: `iifname "wan0" tcp dport 22 accept`. Pure.
 * Counts are left out, so that a rule has the same text at any time; what is not known stays as it was listed.
 */
import type { Json } from '../../../core/json.ts';
import { printableText } from '../printable.ts';
import { expressionText, isList, isMembers, lookupText, namesIn, only, plain, verdictText } from './expression.ts';

/** @param expr the list under `expr` of a listed rule. */
export function ruleText(expr: readonly Json[]): string {
  return printableText(expr.map(written).join(' '));
}

/** One statement of a rule. */
export function statementText(listed: Json): string {
  return printableText(written(listed));
}

/** A value or key, as it stands in a rule. */
export function valueText(value: Json): string {
  return printableText(expressionText(value));
}

function written(listed: Json): string {
  const [word, inner] = only(listed) ?? ['', null];
  return verdictText(word, inner) ?? WRITERS[word]?.(inner, word) ?? JSON.stringify(listed);
}

/** `undefined` for a form that is not known. */
type Writer = (inner: Json, word: string) => string | undefined;

const WRITERS: Readonly<Record<string, Writer>> = {
  match: matchText,
  vmap: (inner) => lookupText(inner, [], 'vmap'),
  counter: (inner) => (typeof inner === 'string' ? `counter name "${inner}"` : 'counter'),
  notrack: () => 'notrack',
  reject: (inner) => {
    if (inner === null) return 'reject';
    if (!isMembers(inner)) return undefined;
    const { type, expr } = inner;
    if (type === 'tcp reset') return 'reject with tcp reset';
    return typeof type === 'string'
      ? `reject with ${type}${expr === undefined ? '' : ` ${expressionText(expr)}`}`
      : 'reject';
  },
  snat: translationText,
  dnat: translationText,
  masquerade: translationText,
  redirect: translationText,
  tproxy: translationText,
  log: logText,
  limit: limitText,
  quota: (inner) => {
    if (typeof inner === 'string') return `quota name "${inner}"`;
    if (!isMembers(inner)) return undefined;
    const { val, val_unit: unit, inv } = inner;
    return `quota ${inv === true ? 'over ' : ''}${plain(val)} ${plain(unit ?? 'bytes')}`;
  },
  mangle: (inner) => {
    if (!isMembers(inner) || inner['key'] === undefined || inner['value'] === undefined) return undefined;
    return `${expressionText(inner['key'])} set ${expressionText(inner['value'], namesIn(inner['key']))}`;
  },
  set: dynamicText,
  map: dynamicText,
  'ct helper': (inner) => named('ct helper set', inner),
  'ct timeout': (inner) => named('ct timeout set', inner),
  'ct expectation': (inner) => named('ct expectation set', inner),
  'ct count': (inner) =>
    isMembers(inner) ? `ct count ${inner['inv'] === true ? 'over ' : ''}${plain(inner['val'])}` : undefined,
  flow: (inner) => (isMembers(inner) ? `flow ${plain(inner['op'])} ${plain(inner['flowtable'])}` : undefined),
  queue: (inner) => {
    if (inner === null) return 'queue';
    if (!isMembers(inner)) return undefined;
    const flags = [inner['flags'] ?? []]
      .flat()
      .map((each) => plain(each))
      .join(',');
    const to = inner['num'] === undefined ? '' : ` to ${expressionText(inner['num'])}`;
    return `queue${flags === '' ? '' : ` flags ${flags}`}${to}`;
  },
  dup: (inner) => sentOn('dup', inner),
  fwd: (inner) => sentOn('fwd', inner),
  xt: (inner) => (isMembers(inner) ? `xt ${plain(inner['type'])} "${plain(inner['name'])}"` : undefined),
};

/** Fields whose values are bits: a bare value asks whether any of them is set, `==` whether it is exactly those. */
const BITS: readonly string[] = ['tcp flags', 'ct state', 'ct status', 'ct label', 'ct event', 'dccp type'];

function matchText(inner: Json): string | undefined {
  if (!isMembers(inner) || inner['left'] === undefined || inner['right'] === undefined) return undefined;
  const { op, left, right } = inner;
  const looked = expressionText(left);
  const wanted = expressionText(right, namesIn(left));
  if (op === 'in') return `${looked} ${wanted}`;
  if (op !== '==') return `${looked} ${plain(op)} ${wanted}`;
  const [word] = only(right) ?? [''];
  const exact = word !== 'set' && (BITS.includes(looked) || BITS.some((field) => looked.startsWith(`${field} &`)));
  return exact ? `${looked} == ${wanted}` : `${looked} ${wanted}`;
}

/** `dnat ip to 10.1.1.5:8443`, `snat ip prefix to 10.1.0.0/24`, `masquerade random`. */
function translationText(inner: Json, word: string): string | undefined {
  if (inner === null) return word;
  if (!isMembers(inner)) return undefined;
  const { family, addr, port, flags, type_flags: forms } = inner;
  // Listed for a prefix, and not taken in a rule.
  const how = [flags ?? []].flat().filter((flag) => flag !== 'netmap');
  const target = [
    addr === undefined ? '' : addressText(addr, port !== undefined),
    port === undefined ? '' : `:${expressionText(port)}`,
  ].join('');
  return [
    word,
    ...(typeof family === 'string' ? [family] : []),
    ...([forms ?? []].flat().includes('prefix') ? ['prefix'] : []),
    ...(target === '' ? [] : ['to', target]),
    ...(how.length === 0 ? [] : [expressionText(how)]),
  ].join(' ');
}

function addressText(address: Json, beforePort: boolean): string {
  const text = expressionText(address);
  if (!beforePort) return text;
  const [word, ends] = only(address) ?? ['', null];
  if (word === 'range' && isList(ends) && text.includes(':'))
    return ends.map((end) => `[${expressionText(end)}]`).join('-');
  return typeof address === 'string' && address.includes(':') ? `[${text}]` : text;
}

function logText(inner: Json): string | undefined {
  if (inner === null) return 'log';
  if (!isMembers(inner)) return undefined;
  const { prefix, level, flags, group, snaplen, 'queue-threshold': threshold } = inner;
  return [
    'log',
    ...(typeof prefix === 'string' ? [`prefix "${prefix}"`] : []),
    ...(level === undefined ? [] : [`level ${plain(level)}`]),
    ...(flags === undefined
      ? []
      : [
          `flags ${[flags]
            .flat()
            .map((each) => plain(each))
            .join(' flags ')}`,
        ]),
    ...(group === undefined ? [] : [`group ${plain(group)}`]),
    ...(snaplen === undefined ? [] : [`snaplen ${plain(snaplen)}`]),
    ...(threshold === undefined ? [] : [`queue-threshold ${plain(threshold)}`]),
  ].join(' ');
}

function limitText(inner: Json): string | undefined {
  if (typeof inner === 'string') return `limit name "${inner}"`;
  if (!isMembers(inner)) return undefined;
  const { rate, rate_unit: unit, per, burst, burst_unit: burstUnit, inv } = inner;
  const often = typeof unit === 'string' && unit !== 'packets' ? `${plain(rate)} ${unit}` : plain(rate);
  const most = burst === undefined || burst === 0 ? '' : ` burst ${plain(burst)} ${plain(burstUnit ?? 'packets')}`;
  return `limit rate ${inv === true ? 'over ' : ''}${often}/${plain(per)}${most}`;
}

/** `add @seen { ip saddr timeout 60s }`: what a rule puts into a set. */
function dynamicText(inner: Json): string | undefined {
  if (!isMembers(inner) || inner['elem'] === undefined) return undefined;
  const { op, elem, data, set, map, stmt } = inner;
  const value = data === undefined ? '' : ` : ${expressionText(data)}`;
  const per = isList(stmt) ? stmt.map((each) => ` ${written(each)}`).join('') : '';
  const into = set ?? map;
  if (typeof into !== 'string') return undefined;
  const [word, inside] = only(elem) ?? ['', null];
  const key =
    word === 'elem' && isMembers(inside) && inside['val'] !== undefined
      ? `${expressionText(inside['val'])}${typeof inside['timeout'] === 'number' ? ` timeout ${plain(inside['timeout'])}s` : ''}`
      : expressionText(elem);
  return `${plain(op)} ${into} { ${key}${per}${value} }`;
}

function named(words: string, inner: Json): string | undefined {
  return typeof inner === 'string' ? `${words} "${inner}"` : undefined;
}

function sentOn(word: string, inner: Json): string | undefined {
  if (!isMembers(inner)) return undefined;
  const { addr, dev, family } = inner;
  const kind = typeof family === 'string' ? ` ${family}` : '';
  if (addr === undefined) return dev === undefined ? undefined : `${word} to ${deviceText(dev)}`;
  return `${word}${kind} to ${expressionText(addr)}${dev === undefined ? '' : ` device ${deviceText(dev)}`}`;
}

function deviceText(device: Json): string {
  return typeof device === 'string' ? `"${device}"` : expressionText(device);
}
