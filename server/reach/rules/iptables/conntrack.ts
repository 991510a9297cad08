/**
 * `-m conntrack` and `-m state`, as the kernel reads them (xt_conntrack.c): a packet that belongs to no flow is judged by its
 * state alone, and without a word on the state it never matches.
 */
import type { Match, Statement } from '../ruleset.ts';
import type { Option } from './options.ts';
import type { Family } from './values.ts';
import { anyBit, field, matchOn, prefixOf, protocolOf, single, spanOf } from './values.ts';

const STATES: Readonly<Record<string, bigint>> = { INVALID: 1n, ESTABLISHED: 2n, RELATED: 4n, NEW: 8n, UNTRACKED: 64n };
/** Not states of the flow, but what was done to it: bits of its status. */
const TRANSLATED: Readonly<Record<string, bigint>> = { SNAT: 16n, DNAT: 32n };
const STATUSES: Readonly<Record<string, bigint>> = {
  NONE: 0n,
  EXPECTED: 1n,
  SEEN_REPLY: 2n,
  ASSURED: 4n,
  CONFIRMED: 8n,
};
/** Invalid and untracked: no flow. */
const WITHOUT_FLOW = 1n | 64n;

export function readState(options: readonly Option[]): readonly Statement[] | undefined {
  const [option, ...others] = options;
  if (option?.name !== '--state' || others.length > 0) return undefined;
  const states = option.args[0]?.split(',') ?? [];
  return states.some((word) => word in TRANSLATED) ? undefined : readConntrack([{ ...option, name: '--ctstate' }], 4);
}

export function readConntrack(options: readonly Option[], family: Family): readonly Statement[] | undefined {
  const states = options.filter(({ name }) => name === '--ctstate');
  const others = options.filter(({ name }) => name !== '--ctstate').map((option) => readOther(option, family));
  if (states.length > 1 || options.length === 0) return undefined;
  if (!others.every((each) => each !== undefined)) return undefined;
  const rest = others.flat();
  const [state] = states;
  if (state === undefined) return rest;
  const ways = readStates(state);
  if (ways === undefined) return undefined;
  const [only, ...more] = ways;
  if (only === undefined) return undefined;
  if (rest.length === 0) return more.length === 0 ? only : [{ type: 'either', of: ways }];
  const withoutFlow = ways.map((way) => [...way, anyBit('ct state', WITHOUT_FLOW, false)]);
  return [{ type: 'either', of: [...ways.map((way) => [...way, ...rest]), ...withoutFlow] }];
}

/** Ways in which it may hold. */
function readStates({ negated, args: [list = ''] }: Option): readonly (readonly Match[])[] | undefined {
  let [state, status] = [0n, 0n];
  for (const word of list.split(',')) {
    if (Object.hasOwn(STATES, word)) state |= STATES[word] ?? 0n;
    else if (Object.hasOwn(TRANSLATED, word)) status |= TRANSLATED[word] ?? 0n;
    else return undefined;
  }
  if (status === 0n) return [[anyBit('ct state', state, negated)]];
  const translated = anyBit('ct status', status, false);
  if (!negated) return [...(state === 0n ? [] : [[anyBit('ct state', state, false)]]), [translated]];
  // Neither the states nor the status; what belongs to no flow has no status.
  const outside = state === 0n ? [] : [anyBit('ct state', state, true)];
  return [
    [...outside, anyBit('ct status', status, true)],
    [...outside, anyBit('ct state', WITHOUT_FLOW, false)],
  ];
}

const PORT_MOST = 65_535n;

function readOther({ name, negated, args: [value = ''] }: Option, family: Family): readonly Match[] | undefined {
  const word = family === 4 ? 'ip' : 'ip6';
  switch (name) {
    case '--ctorigsrc':
    case '--ctorigdst': {
      const prefix = prefixOf(value, family);
      const key = field(`ct original ${word} ${name === '--ctorigsrc' ? 'saddr' : 'daddr'}`, prefix?.mask ?? null);
      return prefix === undefined ? undefined : [matchOn(key, [prefix.span], negated)];
    }
    case '--ctorigsrcport':
    case '--ctorigdstport': {
      const span = spanOf(value, PORT_MOST);
      const key = field(name === '--ctorigsrcport' ? 'ct original proto-src' : 'ct original proto-dst');
      return span === undefined ? undefined : [matchOn(key, [span], negated)];
    }
    case '--ctproto': {
      const protocol = protocolOf(value);
      return protocol === undefined ? undefined : [matchOn(field('l4proto'), [single(protocol)], negated), ...FLOW];
    }
    case '--ctstatus': {
      const bits = value.split(',').map((each) => (Object.hasOwn(STATUSES, each) ? STATUSES[each] : undefined));
      if (!bits.every((bit) => bit !== undefined)) return undefined;
      return [
        anyBit(
          'ct status',
          bits.reduce((sum, bit) => sum | bit, 0n),
          negated,
        ),
      ];
    }
    case '--ctdir': {
      const direction = value === 'ORIGINAL' ? 0n : value === 'REPLY' ? 1n : undefined;
      return direction === undefined ? undefined : [matchOn(field('ct direction'), [single(direction)], negated)];
    }
    default:
      return undefined;
  }
}

const FLOW: readonly Match[] = [anyBit('ct state', WITHOUT_FLOW, true)];
