/** Which interfaces of a host's stacks are the two ends of one veth pair. */
import type { LinkView, ScopeView } from '../../flow/hostview.ts';
import { parseMark } from '../../flow/mark.ts';
import type { Scope } from '../../flow/resource.ts';
import type { Wire, WireEnd } from '../../flow/world.ts';
import { stackIdOf } from '../../flow/world.ts';

interface Found {
  readonly scope: Scope;
  readonly link: LinkView;
}

/**
 * The two name each other by number, within one stack surely; across stacks numbers repeat, so that a pair is one only where
 * nothing else fits, or where both carry our mark for the same resource.
 */
export function pairsOf(host: string, scopes: ReadonlyMap<Scope, ScopeView>): readonly Wire[] {
  const ends = [...scopes].flatMap(([scope, { links }]) =>
    [...links.values()].flatMap((link): Found[] =>
      link.type === 'veth' && link.link !== null ? [{ scope, link }] : [],
    ),
  );
  const byNumbers = Map.groupBy(ends, ({ link }) => numbersOf(link));
  const wires: Wire[] = [];
  const taken = new Set<LinkView>();
  for (const end of ends) {
    if (taken.has(end.link)) continue;
    const fitting = (byNumbers.get(numbersOf(end.link)) ?? []).filter(
      (other) => fits(end, other) && !taken.has(other.link),
    );
    const marked = fitting.filter((other) => sameMark(end.link, other.link));
    const [only, ...further] = marked.length > 0 ? marked : fitting;
    if (only === undefined || further.length > 0) continue;
    taken.add(end.link);
    taken.add(only.link);
    const both = [endOf(host, end), endOf(host, only)];
    wires.push({ name: both.map(({ stack, device }) => `${device} of ${stack}`).join(' – '), ends: both, open: false });
  }
  return wires;
}

/** The same for both ends. */
function numbersOf({ index, link }: LinkView): string {
  return [index, link ?? 0].toSorted((a, b) => a - b).join(' ');
}

function fits(one: Found, other: Found): boolean {
  return (
    one.link !== other.link &&
    one.link.link === other.link.index &&
    other.link.link === one.link.index &&
    (one.scope === other.scope) === !one.link.linkElsewhere
  );
}

function sameMark(one: LinkView, other: LinkView): boolean {
  const [mark, peer] = [parseMark(one.alias ?? undefined), parseMark(other.alias ?? undefined)];
  return (
    mark !== undefined && mark.topology === peer?.topology && mark.resource === peer.resource && mark.peer !== peer.peer
  );
}

function endOf(host: string, { scope, link }: Found): WireEnd {
  return { stack: stackIdOf(host, scope), device: link.name, tag: null };
}
