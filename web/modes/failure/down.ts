/** Hosts that are down in the mind of somebody, and what that does to the map. Pure. */
import type { RehearsalAnswer } from '../../../server/api/schema/rehearsal.ts';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import type { Mark } from '../../map/overlay.ts';

/** `gw-x,rack` as the address keeps it. */
export function parseDown(text: string | undefined, hosts: readonly string[]): readonly string[] {
  const named = new Set((text ?? '').split(','));
  return hosts.filter((host) => named.has(host));
}

export function downText(down: readonly string[]): string | null {
  return down.length === 0 ? null : down.join(',');
}

export function toggled(down: readonly string[], host: string): readonly string[] {
  return down.includes(host) ? down.filter((each) => each !== host) : [...down, host];
}

/** The host that a click on the map means: itself, or the one that the thing lies in. */
export function hostOf(graph: GraphDocument, id: string | null): string | null {
  const node = graph.nodes.find((each) => each.id === id);
  if (node === undefined) return null;
  if (node.kind === 'host') return node.label;
  return node.parent === undefined ? null : hostOf(graph, node.parent);
}

const GUESTS: Readonly<Record<RehearsalAnswer['guests'][number]['state'], Mark>> = {
  down: 'down',
  restarts: 'changed',
  'cut-off': 'lost',
  degraded: 'doubtful',
};

const GATEWAYS: Readonly<Record<RehearsalAnswer['gateways'][number]['state'], Mark | null>> = {
  lost: 'lost',
  'taken-over': 'changed',
  degraded: 'changed',
  kept: null,
};

export function marksOf({ hosts, guests, gateways, networks }: RehearsalAnswer): ReadonlyMap<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const { name, state } of networks) marks.set(`network:${name}`, state === 'degraded' ? 'doubtful' : 'lost');
  for (const { name, state } of gateways) {
    const mark = GATEWAYS[state];
    if (mark !== null) marks.set(`gateway:${name}`, mark);
  }
  for (const { name, state } of guests) marks.set(`guest:${name}`, GUESTS[state]);
  for (const host of hosts) marks.set(`host:${host}`, 'down');
  return marks;
}

export type Left = RehearsalAnswer['promises'][number];

const WORST: readonly Left['outcome'][] = ['lost', 'degraded', 'unknown', 'kept', 'before'];
const PROMISES: readonly Left['kind'][] = ['expectation', 'publish', 'policy'];

/** What the file promised for such a case first, then what is lost, then what is left in part. */
export function worstFirst(promises: readonly Left[]): readonly Left[] {
  const broken = ({ promised, outcome }: Left): number => (promised && outcome !== 'kept' ? 0 : 1);
  return promises.toSorted(
    (a, b) =>
      broken(a) - broken(b) ||
      WORST.indexOf(a.outcome) - WORST.indexOf(b.outcome) ||
      PROMISES.indexOf(a.kind) - PROMISES.indexOf(b.kind) ||
      a.place.line - b.place.line,
  );
}
