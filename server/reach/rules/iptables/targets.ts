/** What the targets of iptables-extensions(8) do. */
import type { FieldName } from '../field-names.ts';
import type { Statement, Translation, Value } from '../ruleset.ts';
import { maskedOf, textOf } from './matches.ts';
import type { Extension, Option } from './options.ts';
import type { Family } from './values.ts';
import { addressSpan, field, numberOf, prefixOf, spanOf } from './values.ts';

const ALL_BITS = 0xff_ff_ff_ffn;

/** Go on with the next rule, and change nothing that a rule decides by. */
const ASIDE = new Set([
  ...['LOG', 'NFLOG', 'ULOG', 'AUDIT', 'TRACE', 'TEE', 'CHECKSUM', 'CLASSIFY', 'TCPMSS', 'TCPOPTSTRIP', 'IDLETIMER'],
  ...['RATEEST', 'LED', 'SET', 'SECMARK', 'CONNSECMARK', 'ECN'],
]);

/** `undefined`: not a target that is known, nor a chain. */
export function readTarget(
  target: Extension & { readonly goes: 'jump' | 'goto' },
  family: Family,
  chains: ReadonlySet<string>,
): readonly Statement[] | undefined {
  const { name, options, goes } = target;
  if (chains.has(name))
    return options.length > 0 ? undefined : [{ type: 'verdict', verdict: { type: goes, chain: name } }];
  if (goes === 'goto') return undefined;
  const value = (option: string): string | undefined => options.find((each) => each.name === option)?.args[0];
  switch (name) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN': {
      const type = name === 'ACCEPT' ? 'accept' : name === 'DROP' ? 'drop' : 'return';
      return options.length > 0 ? undefined : [{ type: 'verdict', verdict: { type } }];
    }
    case 'REJECT':
      return [{ type: 'verdict', verdict: { type: 'reject', how: value('--reject-with') ?? 'icmp-port-unreachable' } }];
    case 'MARK':
      return assigned('mark', readMark('mark', options));
    case 'CONNMARK':
      return readConnmark(options);
    case 'NOTRACK':
      return [{ type: 'notrack' }];
    case 'CT':
      return readCt(options);
    case 'DSCP': {
      const dscp = numberOf(value('--set-dscp'), 63n);
      return assigned(
        family === 4 ? 'ip dscp' : 'ip6 dscp',
        dscp === undefined ? undefined : { type: 'constant', value: dscp },
      );
    }
    case 'TOS':
      return assigned(family === 4 ? 'ip dscp' : 'ip6 dscp', { type: 'any', text: textOf(target) });
    case 'HMARK':
      return assigned('mark', { type: 'any', text: textOf(target) });
    case 'TTL':
    case 'HL':
      return assigned(name === 'TTL' ? 'ip ttl' : 'ip6 hoplimit', { type: 'any', text: textOf(target) });
    case 'DNAT':
    case 'SNAT':
    case 'MASQUERADE':
    case 'REDIRECT':
    case 'NETMAP':
      return undefined;
    default:
      return ASIDE.has(name) ? [{ type: 'aside', what: name }] : undefined;
  }
}

function assigned(name: FieldName, value: Value | undefined): readonly Statement[] | undefined {
  return value === undefined ? undefined : [{ type: 'assign', field: name, value }];
}

/** `(mark & ~mask) ^ value` (xt_mark.c); an older dump says what iptables-save makes of it today. */
function readMark(name: 'mark' | 'ct mark', options: readonly Option[]): Value | undefined {
  const [option, ...others] = options;
  const mark = option === undefined || others.length > 0 ? undefined : maskedOf(option.args[0]);
  if (option === undefined || mark === undefined) return undefined;
  const { value, mask } = mark;
  const [clear, turn] =
    option.name === '--set-xmark'
      ? [mask ?? ALL_BITS, value]
      : option.name === '--set-mark'
        ? [(mask ?? ALL_BITS) | value, value]
        : option.name === '--or-mark'
          ? [value, value]
          : option.name === '--and-mark'
            ? [ALL_BITS & ~value, 0n]
            : option.name === '--xor-mark'
              ? [0n, value]
              : [null, 0n];
  if (clear === null) return undefined;
  if (clear === ALL_BITS) return { type: 'constant', value: turn };
  return { type: 'field', term: field(name, ALL_BITS & ~clear), xor: turn };
}

function readConnmark(options: readonly Option[]): readonly Statement[] | undefined {
  const way = options.find(({ name }) => name === '--save-mark' || name === '--restore-mark');
  if (way === undefined) return assigned('ct mark', readMark('ct mark', options));
  const [from, to] = way.name === '--save-mark' ? (['mark', 'ct mark'] as const) : (['ct mark', 'mark'] as const);
  const masks = options.filter((each) => each !== way);
  const whole = masks.every(({ name, args }) => /^--(nf|ct)?mask$/.test(name) && numberOf(args[0]) === ALL_BITS);
  if (whole) return assigned(to, { type: 'field', term: field(from), xor: 0n });
  return assigned(to, { type: 'any', text: textOf({ name: 'CONNMARK', options }) });
}

function readCt(options: readonly Option[]): readonly Statement[] | undefined {
  const read = options.map(({ name, args }): Statement | undefined => {
    if (name === '--notrack') return { type: 'notrack' };
    if (/^--(helper|timeout|ctevents|expevents)$/.test(name)) return { type: 'aside', what: `CT ${name}` };
    const zone = numberOf(args[0], 65_535n);
    const value: Value = zone === undefined ? { type: 'any', text: `CT ${name}` } : { type: 'constant', value: zone };
    return /^--zone(-orig|-reply)?$/.test(name) ? { type: 'assign', field: 'ct zone', value } : undefined;
  });
  return read.every((each) => each !== undefined) ? read : undefined;
}

// ---------------------------------------------------------------- translations

/**
 * `undefined`: not a target that translates.
 *
 * @param netmapSide what NETMAP changes where the rule stands (xt_NETMAP.c)
 */
export function readTranslation(
  target: Extension,
  family: Family,
  netmapSide: Translation['side'],
): Translation | undefined {
  const { name, options } = target;
  const to = options.find(({ args }) => args.length === 1);
  const side = name === 'NETMAP' ? netmapSide : name === 'SNAT' || name === 'MASQUERADE' ? 'source' : 'destination';
  const random = options.some((option) => option.name.startsWith('--random'));
  const any: Translation = { side, to: { type: 'any', text: textOf(target) }, port: null, random: true };
  const known = options.every((each) => each === to || /^--(random|random-fully|persistent)$/.test(each.name));
  if (options.some(({ negated }) => negated) || !known) return isTranslating(name) ? any : undefined;
  switch (name) {
    case 'MASQUERADE':
    case 'REDIRECT': {
      const port = to === undefined ? null : spanOf(to.args[0], 65_535n, '-');
      if (port === undefined || (to !== undefined && !/^--to-ports?$/.test(to.name))) return any;
      return { side, to: { type: 'interface' }, port, random };
    }
    case 'DNAT':
    case 'SNAT': {
      const end = to === undefined ? undefined : readEnd(to.args[0] ?? '', family);
      if (to?.name !== (name === 'DNAT' ? '--to-destination' : '--to-source') || end === undefined) return any;
      return { side, ...end, random };
    }
    case 'NETMAP': {
      const prefix = to?.name === '--to' ? prefixOf(to.args[0] ?? '', family) : undefined;
      if (prefix === undefined || prefix.mask !== null) return any;
      return { side, to: { type: 'prefix', family, span: prefix.span }, port: null, random };
    }
    default:
      return undefined;
  }
}

function isTranslating(name: string): boolean {
  return ['DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP'].includes(name);
}

/** `10.0.0.5`, `10.0.0.5-10.0.0.9:80-90`, `:80`, `[2001:db8::5]:80`, `2001:db8::5`. */
function readEnd(text: string, family: Family): Pick<Translation, 'to' | 'port'> | undefined {
  const [, bracketed, open, ports] =
    (family === 4 ? /^()([^:]*)(?::(.*))?$/ : /^(?:\[([^\]]*)\]|([^[\]]*))(?::(\d[\d-]*))?$/).exec(text) ?? [];
  const whole = family === 6 ? addressSpan(text, 6) : undefined;
  if (whole !== undefined) return { to: { type: 'address', family, span: whole }, port: null };
  const address = bracketed === undefined || bracketed === '' ? (open ?? '') : bracketed.replace(/\]-\[/, '-');
  const port = ports === undefined ? null : spanOf(ports, 65_535n, '-');
  if (port === undefined) return undefined;
  if (address === '') return port === null ? undefined : { to: { type: 'unchanged' }, port };
  const span = addressSpan(address, family);
  return span === undefined ? undefined : { to: { type: 'address', family, span }, port };
}
