import type { HostView, NamespaceView } from '../../flow/hostview.ts';
import { parseMark } from '../../flow/mark.ts';
import type { Claim } from '../kind.ts';
import { namespaceField } from '../link-fields.ts';
import { netnsId } from '../link-ids.ts';
import { markOf } from '../link-marks.ts';
import type { Netns } from './resource.ts';

export function observeNetns(view: HostView, claim: Claim<Netns>): readonly Netns[] {
  return view.namespaces.flatMap((found): Netns[] => {
    const { name } = found;
    if (!namespaceField.safeParse(name).success) return [];
    const id = netnsId(name);
    const marked = markOf(found.alias, claim.topology)?.resource === id;
    if (!marked && !(claim.wanted.has(id) && isUntouched(view, found))) return [];
    return [{ kind: 'netns', id, scope: '', name, marked }];
  });
}

/**
 * `ip netns add` and the mark are two commands. A namespace of the wanted name in which nobody has done anything yet is what
 * a run leaves that was cut off between them (`lo` down, and at most the devices that tunnel modules put into every new
 * namespace).
 */
function isUntouched(view: HostView, { name, alias }: NamespaceView): boolean {
  const inside = view.scopes.get(name);
  if ((alias ?? '') !== '' || inside === undefined || inside.tables.length > 0) return false;
  return [...inside.links.values()].every((link) => !link.up && link.addresses.length === 0);
}

export function netnsInTheWay(wanted: Netns, view: HostView, claim: Claim<Netns>): string | undefined {
  const found = view.namespaces.find(({ name }) => name === wanted.name);
  if (found === undefined || observeNetns(view, claim).some(({ id }) => id === wanted.id)) return undefined;
  const holder = parseMark(found.alias ?? undefined);
  const whose = holder === undefined ? 'is not ours' : `belongs to topology ${holder.topology}`;
  return `A network namespace ${wanted.name} exists and ${whose}: remove it, or rename the gateway.`;
}
