/** One statement of a rule, as listed. */
import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import { statementText, valueText } from './text/statement.ts';
import { readLookup, readMatch, readTerm } from './read-match.ts';
import { readVerdict } from './read-members.ts';
import { readTranslation } from './read-translation.ts';
import type { InTable, Statement, Value } from './ruleset.ts';
import { typeOf } from './field-names.ts';
import type { FieldName } from './field-names.ts';
import { readNumber } from './values.ts';

/** Change nothing about where this packet goes. */
const ASIDE = new Set([
  ...['counter', 'log', 'dup', 'flow', 'last', 'comment', 'reset', 'secmark'],
  ...['ct helper', 'ct timeout', 'ct expectation'],
]);
/** Depend on more than the packet: how many came before, chance, the time, contents of a set that rules fill. */
const CONDITIONS = new Set(['limit', 'quota', 'ct count', 'set', 'map', 'meter']);
/** Values that a later rule cannot see, or that no rule decides by. */
const INVISIBLE =
  /^(tcp option|exthdr|rt|meta (priority|nftrace|secpath)|ct (helper|timeout|label|event|expectation))$/;

export function readStatement(listed: Readonly<Record<string, Json>>, table: InTable): readonly Statement[] {
  const [word, ...others] = Object.keys(listed);
  const value = word === undefined ? undefined : listed[word];
  const unknown: readonly Statement[] = [{ type: 'unknown', text: statementText(listed) }];
  if (word === undefined || value === undefined || others.length > 0) return unknown;
  if (ASIDE.has(word)) return [{ type: 'aside', what: word }];
  if (CONDITIONS.has(word)) return [{ type: 'condition', text: statementText(listed) }];
  switch (word) {
    case 'match':
      return [readMatch(value, table) ?? { type: 'condition', text: statementText(listed) }];
    case 'xt':
      return [readExtension(value, listed)];
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
    case 'jump':
    case 'goto': {
      const verdict = readVerdict(listed);
      return verdict === undefined ? unknown : [{ type: 'verdict', verdict }];
    }
    case 'reject':
      return rejection(value);
    case 'vmap': {
      const lookup = readLookup(value, 'verdict', table);
      return lookup === undefined ? unknown : [{ type: 'vmap', ...lookup }];
    }
    case 'mangle':
      return [readAssignment(value, table) ?? { type: 'unknown', text: statementText(listed) }];
    case 'notrack':
      return [{ type: 'notrack' }];
    case 'tproxy':
      return [{ type: 'tproxy', text: statementText(listed) }];
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return [{ type: 'translate', translation: readTranslation(word, value, table) }];
    default:
      return unknown;
  }
}

const Reject = z.object({ type: z.string().optional(), expr: z.unknown().optional() }).nullable();

/** nft puts the protocol of a reset in front; where it is left out of the listing, nothing else is rejected so. */
function rejection(value: Json): readonly Statement[] {
  const how = Reject.safeParse(value);
  const text = how.success && how.data?.type !== undefined ? how.data.type : 'icmpx';
  const reset = text === 'tcp reset';
  const tcp: Statement = {
    type: 'match',
    key: [{ field: 'l4proto', mask: null, needs: [] }],
    among: {
      members: {
        entries: [{ key: [{ first: 6n, last: 6n }], id: null, value: null }],
        otherwise: null,
        changing: false,
        unread: [],
      },
    },
    negated: false,
  };
  return [...(reset ? [tcp] : []), { type: 'verdict', verdict: { type: 'reject', how: text } }];
}

/** Of iptables-nft; its parameters are not in the listing. */
function readExtension(value: Json, listed: Json): Statement {
  const extension = z.object({ type: z.string().optional() }).safeParse(value);
  const text = statementText(listed);
  return extension.success && extension.data.type === 'match' ? { type: 'condition', text } : { type: 'unknown', text };
}

/** A field that has a name, and is none of those that rules are known to decide by. */
const NamedPayload = z.strictObject({ payload: z.strictObject({ protocol: z.string(), field: z.string() }) });
const Assignment = z.strictObject({ key: z.unknown().optional(), value: z.unknown() });

function readAssignment(value: Json, table: InTable): Statement | undefined {
  const listed = Assignment.safeParse(value);
  if (!listed.success) return undefined;
  const left = listed.data.key as Json;
  if (INVISIBLE.test(wordOf(left))) return { type: 'aside', what: wordOf(left) };
  const term = readTerm(left, table.family);
  if (term === undefined && NamedPayload.safeParse(left).success) return { type: 'aside', what: valueText(left) };
  if (term === undefined || term.mask !== null) return undefined;
  return { type: 'assign', field: term.field, value: readAssigned(term.field, listed.data.value as Json, table) };
}

function wordOf(left: Json): string {
  if (typeof left !== 'object' || left === null || Array.isArray(left)) return '';
  const [[word, inner] = ['', null]] = Object.entries(left);
  const key = z.object({ key: z.string() }).safeParse(inner);
  return key.success ? `${word} ${key.data.key}` : word;
}

/** Of a generator; what gives more is not followed. */
const MOST_NUMBERS = 256;

const Map = z.strictObject({ map: z.unknown().optional() });
const Or = z.strictObject({ '|': z.tuple([z.unknown(), z.unknown()]) });
const Xor = z.strictObject({ '^': z.tuple([z.unknown(), z.unknown()]) });

function readAssigned(field: FieldName, value: Json, table: InTable): Value {
  const type = typeOf(field);
  const constant = readNumber(type, value);
  if (constant !== undefined) return { type: 'constant', value: constant };
  const map = Map.safeParse(value);
  const lookup = map.success ? readLookup(map.data.map, [type], table) : undefined;
  if (lookup !== undefined) return { type: 'lookup', ...lookup };
  return readSpread(value) ?? readMixed(value, table) ?? { type: 'any', text: valueText(value) };
}

const Spread = z.object({ mod: z.int().min(1).max(MOST_NUMBERS), offset: z.int().min(0).default(0) });
const Generator = z.union([z.strictObject({ numgen: Spread }), z.strictObject({ jhash: Spread })]);

function readSpread(value: Json): Value | undefined {
  const read = Generator.safeParse(value);
  if (!read.success) return undefined;
  const { mod, offset } = 'numgen' in read.data ? read.data.numgen : read.data.jhash;
  return { type: 'spread', first: BigInt(offset), count: mod };
}

/** `mark and 0xff or 0x100`: bits kept, then bits set; setting bits that are kept would depend on them. */
function readMixed(value: Json, table: InTable): Value | undefined {
  const or = Or.safeParse(value);
  const xor = Xor.safeParse(value);
  const pair = or.success ? or.data['|'] : xor.success ? xor.data['^'] : undefined;
  const term = readTerm((pair?.[0] ?? value) as Json, table.family);
  const bits = pair === undefined ? 0n : readNumber('mark', pair[1] as Json);
  if (term === undefined || bits === undefined) return undefined;
  if (!or.success) return { type: 'field', term, xor: bits };
  const kept = term.mask ?? (1n << 32n) - 1n;
  return { type: 'field', term: { ...term, mask: kept & ~bits }, xor: bits };
}
