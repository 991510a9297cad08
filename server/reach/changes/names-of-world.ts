/** Addresses and interfaces in the words of the hosts themselves, where no file speaks of them. */
import { addressPart, familyOf, formatAddress, mustParseAddress } from '../../core/address.ts';
import type { Family } from '../../core/address.ts';
import type { NetworkStack, World } from '../../flow/world.ts';
import type { Span } from '../rules/ruleset.ts';
import { segmentOf } from '../walk/segment.ts';
import { routeTo } from '../walk/routing.ts';
import type { Names } from './names.ts';
import { STRANGER } from './whole.ts';

/** Addresses that are tried as ends of a witness. */
const MOST_TRIED = 40;

export function namesOfWorld(world: World): Names {
  const owners = new Map<string, string>();
  for (const { node, interfaces } of world.stacks.values())
    for (const { addresses, form } of interfaces.values())
      if (form.type !== 'loopback') for (const each of addresses) owners.set(addressPart(each), node);
  const numbers = (family: Family, texts: Iterable<string>): readonly bigint[] =>
    [...texts]
      .filter((each) => familyOf(each) === family && !each.startsWith('fe80:'))
      .slice(0, MOST_TRIED)
      .map((each) => mustParseAddress(each).value);
  const isOutside = (stack: NetworkStack, device: string): boolean =>
    ([4, 6] as const).some((family) => {
      const answer = routeTo(stack, { family, to: STRANGER[family], from: null, mark: 0n });
      return answer.type === 'out' && answer.ways.some((way) => way.device === device);
    });
  const behind = (stack: NetworkStack, device: string): string =>
    isOutside(stack, device) ? 'internet' : `interface ${device}`;
  const ownerOf = ({ first, last }: Span, family: Family): string | undefined =>
    first === last ? owners.get(formatAddress(family, first)) : undefined;
  return {
    stack: ({ node }) => node,
    source(stack, device, spans, family) {
      const [only, ...more] = spans;
      const owner = only === undefined || more.length > 0 ? undefined : ownerOf(only, family);
      return owner ?? behind(stack, device);
    },
    target(stack, device, spans, family) {
      const all = spans.map(
        (span) =>
          ownerOf(span, family) ??
          (span.first === span.last
            ? formatAddress(family, span.first)
            : device === null
              ? stack.node
              : behind(stack, device)),
      );
      return [...new Set(all)].sort();
    },
    entry: () => null,
    published: () => null,
    addressesBehind: (stack, device, family) =>
      segmentOf(world, stack.id, device).endpoints.flatMap((each) => {
        const far = world.stacks.get(each.stack)?.interfaces.get(each.device);
        return numbers(family, far?.addresses.map(addressPart) ?? []);
      }),
    isOutside,
    known: { 4: numbers(4, owners.keys()), 6: numbers(6, owners.keys()) },
  };
}
