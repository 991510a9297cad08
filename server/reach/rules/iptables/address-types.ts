/** `-m addrtype`: what sort of address the routing tables, and of IPv6 the address itself, say that it is (xt_addrtype.c). */
import type { FieldName } from '../field-names.ts';
import type { Match, Span, Statement } from '../ruleset.ts';
import type { Option } from './options.ts';
import type { Family } from './values.ts';
import { field, matchOn, single } from './values.ts';

/** Numbers of include/uapi/linux/rtnetlink.h. */
const ADDRESS_TYPES: Readonly<Record<string, bigint>> = Object.fromEntries(
  ['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT'].map(
    (word, index) => [word, BigInt(index)],
  ),
);

/** `undefined`: not understood. */
export function readAddressTypes(options: readonly Option[], family: Family): readonly Statement[] | undefined {
  const limits = options.filter(({ name }) => name.startsWith('--limit-iface-'));
  // Of what a packet goes out by, `fib` says nothing in the hooks before the route is chosen.
  if (limits.some(({ name }) => name !== '--limit-iface-in')) return undefined;
  const by = limits.length > 0 ? ' . iif' : '';
  const read = options
    .filter((option) => !limits.includes(option))
    .map(({ name, negated, args: [list = ''] }): Statement | undefined => {
      const end = name === '--src-type' ? 'saddr' : name === '--dst-type' ? 'daddr' : undefined;
      if (end === undefined) return undefined;
      const words = list.split(',');
      if (!words.every((word) => Object.hasOwn(ADDRESS_TYPES, word))) return undefined;
      const byRoute: FieldName = `fib ${end}${by} type`;
      return family === 4 ? among(byRoute, words, negated) : ofSix(byRoute, `ip6 ${end}`, words, negated);
    });
  return read.every((each) => each !== undefined) ? read : undefined;
}

function among(byRoute: FieldName, words: readonly string[], negated: boolean): Match {
  return matchOn(
    field(byRoute),
    words.flatMap((word) => ADDRESS_TYPES[word] ?? []).map((type) => single(type)),
    negated,
  );
}

const NOBODY: Span = { first: 0n, last: 0n };
const GROUPS: Span = { first: 0xffn << 120n, last: (1n << 128n) - 1n };
const ASKED_OF_ROUTES = ['LOCAL', 'ANYCAST', 'UNREACHABLE'];

/** Unlike IPv4, all that is listed has to hold together, and `UNICAST` is any address that is no group's, the host's own too. */
function ofSix(
  byRoute: FieldName,
  address: FieldName,
  words: readonly string[],
  negated: boolean,
): Statement | undefined {
  const routed = words.filter((word) => ASKED_OF_ROUTES.includes(word));
  const matches = [
    ...(words.includes('MULTICAST') ? [matchOn(field(address), [GROUPS], false)] : []),
    ...(words.includes('UNICAST') ? [matchOn(field(address), [NOBODY, GROUPS], true)] : []),
    ...(words.includes('UNSPEC') ? [matchOn(field(address), [NOBODY], false)] : []),
    ...(routed.length > 0 ? [among(byRoute, routed, false)] : []),
  ];
  const known = ['MULTICAST', 'UNICAST', 'UNSPEC', ...ASKED_OF_ROUTES];
  if (!words.every((word) => known.includes(word))) return undefined;
  const opposite = matches.map((match) => [{ ...match, negated: !match.negated }]);
  return { type: 'either', of: negated ? opposite : [matches] };
}
