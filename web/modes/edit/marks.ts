import type { GraphDocument } from '../../../server/flow/graph.ts';
import type { Mark } from '../../map/overlay.ts';

/** What a draft adds to the map and changes on it. What it removes is no longer there. */
export function marksOf(saved: GraphDocument | null, draft: GraphDocument): ReadonlyMap<string, Mark> {
  const before = new Map([...(saved?.nodes ?? []), ...(saved?.edges ?? [])].map((each) => [each.id, each]));
  const marks = new Map<string, Mark>();
  for (const each of [...draft.nodes, ...draft.edges]) {
    const old = before.get(each.id);
    if (old === undefined) marks.set(each.id, 'added');
    else if (JSON.stringify([old.label, old.facts]) !== JSON.stringify([each.label, each.facts]))
      marks.set(each.id, 'changed');
  }
  return marks;
}
