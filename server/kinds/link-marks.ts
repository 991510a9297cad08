/** Which links on a host are ours: by the mark in their alias, or half made by a run that was cut off. */
import { Failure } from '../core/failure.ts';
import type { HostView, LinkView, ScopeView } from '../flow/hostview.ts';
import type { Mark } from '../flow/mark.ts';
import { LINK_GROUP, MARK_FORMAT, parseMark } from '../flow/mark.ts';
import type { Resource, ResourceId, Scope } from '../flow/resource.ts';
import type { Claim } from './kind.ts';
import { isSafeDevice, RESOURCE_ID } from './link-fields.ts';

export interface OwnedLink {
  readonly id: ResourceId;
  readonly link: LinkView;
  /** False for a link that was made but not marked yet. */
  readonly marked: boolean;
}

/** The mark of a topology in an alias; a mark of a newer format stops everything, it is never guessed at. */
export function markOf(alias: string | null, topology: string): Mark | undefined {
  const mark = parseMark(alias ?? undefined);
  if (mark?.topology !== topology || !RESOURCE_ID.test(mark.resource)) return undefined;
  if (mark.format > MARK_FORMAT) {
    throw new Failure('observation', `What topology ${topology} made here is marked in a newer format`, {
      detail: `${mark.resource} carries mark format ${String(mark.format)}; this version knows formats up to ${String(MARK_FORMAT)}. Use the version that made it, or a newer one.`,
    });
  }
  return mark;
}

export function isManageable(link: LinkView): boolean {
  return link.manageable && isSafeDevice(link.name);
}

/** Our links of one kind in the host's own stack. */
export function ownedLinks<R extends Resource & { readonly device: string }>(
  view: HostView,
  claim: Claim<R>,
  kind: string,
  type: string,
): readonly OwnedLink[] {
  const found = new Map<ResourceId, OwnedLink>();
  const wanted = new Map([...claim.wanted.values()].map((each) => [each.device, each.id]));
  for (const link of view.scopes.get('')?.links.values() ?? []) {
    if (link.type !== type || !isManageable(link)) continue;
    const owned = claimLink(link, claim.topology, kind, wanted);
    if (owned === undefined) continue;
    // An alias can be copied to another link: the one that has the resource's name is the one we made.
    const rival = found.get(owned.id);
    if (rival === undefined || owned.id.endsWith(`:${link.name}`)) found.set(owned.id, owned);
  }
  return [...found.values()];
}

function claimLink(
  link: LinkView,
  topology: string,
  kind: string,
  wanted: ReadonlyMap<string, ResourceId>,
): OwnedLink | undefined {
  const mark = markOf(link.alias, topology);
  if (mark !== undefined) {
    return mark.resource.startsWith(`${kind}:`) && !mark.peer ? { id: mark.resource, link, marked: true } : undefined;
  }
  const id = wanted.get(link.name);
  return id !== undefined && isUnfinished(link) ? { id, link, marked: false } : undefined;
}

/** Made by us and not marked yet: the group is set in the message that makes a link, the alias in the next. */
export function isUnfinished(link: LinkView): boolean {
  return link.group === LINK_GROUP && (link.alias ?? '') === '';
}

/** The resource of ours that a link belongs to, whichever end of it this is. */
export function ownerOf(link: LinkView, topology: string): ResourceId | undefined {
  return isManageable(link) ? markOf(link.alias, topology)?.resource : undefined;
}

/** By name and alternative name; what was read does not change, and is asked for by name once or more for each link. */
const named = new WeakMap<ScopeView['links'], ReadonlyMap<string, LinkView>>();

export function linkNamed(scope: ScopeView | undefined, name: string): LinkView | undefined {
  if (scope === undefined) return undefined;
  const known = named.get(scope.links) ?? byName(scope.links);
  named.set(scope.links, known);
  return known.get(name);
}

/** Where two have the same name, as far as it can be read, the first counts. */
function byName(links: ScopeView['links']): ReadonlyMap<string, LinkView> {
  const found = new Map<string, LinkView>();
  for (const link of links.values())
    for (const name of [link.name, ...link.altNames]) if (!found.has(name)) found.set(name, link);
  return found;
}

/** The name behind an ifindex; `null` where there is none, or none that could be used in a command. */
export function nameOfIndex(scope: ScopeView | undefined, index: number | null): string | null {
  const link = index === null ? undefined : scope?.links.get(index);
  return link !== undefined && isManageable(link) ? link.name : null;
}

/**
 * Why a link of this name cannot be made: one that is not ours has it. One of ours that goes away in the same plan is no
 * obstacle. An altname counts as a name: the kernel refuses a new link equal to one.
 */
export function linkInTheWay(view: HostView, topology: string, scope: Scope, name: string): string | undefined {
  const link = linkNamed(view.scopes.get(scope), name);
  if (link === undefined || isUnfinished(link) || ownerOf(link, topology) !== undefined) return undefined;
  const where = scope === '' ? '' : ` in namespace ${scope}`;
  const holder = parseMark(link.alias ?? undefined);
  const whose = holder === undefined ? 'is not ours' : `belongs to topology ${holder.topology}`;
  const what = link.name === name ? `An interface ${name}` : `An interface with the alternative name ${name}`;
  return `${what} exists${where} and ${whose}: rename or remove it, or choose another name in the file.`;
}
