import type { DesiredState } from '../flow/resource.ts';
import type { Standing } from '../flow/standing.ts';
import type { Kind } from '../kinds/kind.ts';

/** What the resources of a host are to packets, as their kinds say. */
export function standings({ resources }: DesiredState, kinds: readonly Kind[]): readonly Standing[] {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]));
  return [...resources.values()].flatMap((each) => byName.get(each.kind)?.standing?.(each) ?? []);
}
