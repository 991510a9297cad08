/** Addresses that packets may be sent to so that somebody gets them: its own, and those that translations lead to it from. */
import type { Family } from '../../core/address.ts';
import type { NetworkStack, StackId, World } from '../../flow/world.ts';
import type { Span } from '../rules/ruleset.ts';
import { boxesOf } from '../sets/boxes.ts';
import type { FieldName } from '../rules/field-names.ts';
import { common, joined, sameSpans } from '../sets/spans.ts';
import { addressesOf, endsBy, everything } from '../sets/spread.ts';

/** Translations behind each other. */
const MOST_ROUNDS = 6;
const MOST_BOXES = 200;

/** @throws TooComplex */
export function towards(world: World, family: Family, to: readonly StackId[]): readonly Span[] {
  const own = to.flatMap((id) => world.stacks.get(id) ?? []).flatMap((stack) => addressesOf(stack, family));
  if (own.length === 0) return [];
  const translating = [...world.stacks.values()].filter(
    ({ tables, iptables }) => tables.length > 0 || iptables.size > 0,
  );
  let spans = joined(own);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const next = joined([...spans, ...translating.flatMap((stack) => leadingTo(stack, family, spans))]);
    if (sameSpans(next, spans)) return spans;
    spans = next;
  }
  return everything(family).destinations;
}

function leadingTo(stack: NetworkStack, family: Family, spans: readonly Span[]): readonly Span[] {
  const field: FieldName = family === 4 ? 'ip daddr' : 'ip6 daddr';
  const devices = [...stack.interfaces.values()].filter(({ port }) => port === null).map(({ name }) => name);
  return ['', ...devices].flatMap((device) => {
    const { layout, ends } = endsBy(stack, family, device);
    return ends.flatMap(({ rewritten, packets, verdict }) => {
      const value = rewritten.get(field);
      if (value === undefined || verdict === 'dropped' || verdict === 'rejected') return [];
      if (value !== 'some' && common(spans, [{ first: value, last: value }]).length === 0) return [];
      const { list, more } = boxesOf(layout, packets, MOST_BOXES);
      return more ? everything(family).destinations : list.flatMap(({ destinations }) => destinations);
    });
  });
}
