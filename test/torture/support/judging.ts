/** What came of a stream of packets under two policies that follow each other. */
import type { Figures } from '../row.ts';
import { passes, PORTS } from './policies.ts';
import type { Sentence } from './policies.ts';
import type { Flow } from './stream.ts';

/** Throws where something came through that both policies deny. */
export function refuseLeaks(flows: readonly Flow[], one: readonly Sentence[], other: readonly Sentence[]): void {
  const leaked = flows.filter((flow, index) => {
    const port = PORTS[index] ?? 0;
    return !passes(one, port) && !passes(other, port) && flow.received > 0;
  });
  if (leaked.length > 0) throw new Error(`packets came through that both deny: ${shown(flows)}`);
  // Whoever lets nothing through leaks nothing either.
  if (!flows.some(({ sent }) => sent > 0)) throw new Error('nothing was sent');
}

/** How many packets that both policies allow were lost. */
export function judge(
  flows: readonly Flow[],
  one: readonly Sentence[],
  other: readonly Sentence[],
): { readonly lost: number; readonly figures: Figures } {
  let [lost, allowed, denied] = [0, 0, 0];
  flows.forEach(({ sent, received }, index) => {
    const port = PORTS[index] ?? 0;
    const verdicts = [passes(one, port), passes(other, port)];
    if (!verdicts.includes(false)) {
      lost += sent - received;
      allowed += sent;
    } else if (!verdicts.includes(true)) denied += sent;
  });
  return {
    lost,
    figures: {
      'packets that both allow': allowed,
      'packets that both deny': denied,
      'worst gap of an allowed flow, in ms': worstGap(flows, one, other),
    },
  };
}

/** Of the flows that both allow: the longest time between two packets that arrived, in milliseconds. */
export function worstGap(flows: readonly Flow[], one: readonly Sentence[], other: readonly Sentence[]): number {
  const gaps = flows.filter((_, index) => [one, other].every((policy) => passes(policy, PORTS[index] ?? 0)));
  return Math.max(0, ...gaps.map(({ gapUs }) => gapUs / 1000));
}

export function shown(flows: readonly Flow[]): string {
  return flows
    .map(({ sent, received }, index) => `${String(PORTS[index])}: ${String(received)} of ${String(sent)}`)
    .join(', ');
}
