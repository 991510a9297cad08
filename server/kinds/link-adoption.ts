/**
 * Interfaces that stood before us under the very name that the file has for them. Whoever applies may have them taken over as
 * they are (`apply --adopt`): they get our mark and nothing else. What no file can say of them (a MAC, spanning tree, settings)
 * stays as it was found; what they were like is kept in the record, and they are left standing when they are no longer wanted.
 */
import type { HostView, LinkView } from '../flow/hostview.ts';
import { parseMark } from '../flow/mark.ts';
import type { ResourceId } from '../flow/resource.ts';
import { isBorrowed, portId } from './link-ids.ts';
import { isManageable, isUnfinished, linkNamed } from './link-marks.ts';

/** Kinds whose interfaces can be taken over. */
const ADOPTABLE = /^(?:bridge|bond):([A-Za-z0-9._-]+)$/;

/** An interface of that name and type that nobody's mark or description says anything about. */
export function adoptable(view: HostView, device: string, type: string): LinkView | undefined {
  const link = linkNamed(view.scopes.get(''), device);
  if (link?.name !== device || link.type !== type || !isManageable(link)) return undefined;
  return (link.alias ?? '') === '' && !isUnfinished(link) ? link : undefined;
}

/** Whether the interface that this resource makes was taken over: its former values are kept. */
export function isAdopted(view: HostView, link: ResourceId): boolean {
  return ADOPTABLE.test(link) && view.record?.former[link] !== undefined;
}

/** A borrowed port that had addresses when it was taken: others may add more, so that ours are kept one by one. */
export function isSharedPort(view: HostView, device: string): boolean {
  const former = Object.values(view.record?.former ?? {});
  return former.some((each) => each.kind === 'address' && 'device' in each && each.device === device);
}

/** Whether somebody else gave the interface its addresses and settings: what we make, and a port that was bare, had none. */
export function isSomebodys(view: HostView, link: ResourceId, device: string): boolean {
  if (!isBorrowed(link)) return wasThere(view, link);
  if (view.record?.former[portId(device)] !== undefined) return isSharedPort(view, device);
  return linkNamed(view.scopes.get(''), device)?.addresses.some(({ kernel }) => !kernel) === true;
}

/** The same, or it will be by the plan that is being made: it stands there, and nobody has marked it. */
export function wasThere(view: HostView, id: ResourceId): boolean {
  if (isAdopted(view, id)) return true;
  const link = linkNamed(view.scopes.get(''), ADOPTABLE.exec(id)?.[1] ?? '');
  return link !== undefined && !isUnfinished(link) && parseMark(link.alias ?? undefined) === undefined;
}
