/**
 * Stage: the steps of one host and the way by which it is reached → the steps that cut it. What the kernel does with each step is
 * tried on a picture of the host's own stack; cut is the way where in the end no new connection could come by it. (One that
 * stands may live on for a while, and so proves nothing.)
 *
 * Where the picture does not explain even the way as it is now (other software routes by marks, say), every step that touches
 * anything on it counts.
 */
import { addressPart, familyOf } from '../core/address.ts';
import type { HostView, PathView } from '../flow/hostview.ts';
import type { Cut, Step } from '../flow/plan.ts';
import type { Touch } from '../flow/touch.ts';
import type { Kind } from '../kinds/kind.ts';
import { tableProblem } from './path-filter.ts';
import { holdersOf, pictureOf, touchPicture } from './path-picture.ts';
import type { PathPicture } from './path-picture.ts';
import { isLinkLocal, isOwnRouter, wayTo } from './path-route.ts';
import { standingOf } from './path-standing.ts';
import type { Standing } from './path-standing.ts';
import { wiresOf } from './path-wire.ts';
import type { Wire } from './path-wire.ts';

export function cutsOfOwnPath(steps: readonly Step[], view: HostView, kinds: readonly Kind[]): readonly Cut[] {
  const { path } = view;
  const picture = steps.length === 0 ? undefined : pictureOf(view);
  if (path === undefined || picture === undefined) return [];
  const standing = standingOf(path, picture, view);
  if (standing === undefined) return [];
  const touches = touchesOf(steps, kinds, standing);
  const cut = (step: Step, reason: string): Cut => ({
    ...{ host: view.host, step: step.id, title: step.title, path: pathText(path, standing), reason },
  });
  if (problemsOf(picture, standing).size > 0)
    return steps.flatMap((step, index) => {
      const touched = touches[index]?.find((each) => isOnPath(each, standing));
      return touched === undefined
        ? []
        : [cut(step, 'it changes something on that way, which is not understood whole')];
    });
  for (const each of touches.flat()) touchPicture(picture, each);
  const left = problemsOf(picture, standing);
  if (left.size === 0) return [];
  return culprits(steps, touches, view, standing, left).map(({ step, reason }) => cut(step, reason));
}

function pathText({ client, server, port }: PathView, { inward }: Standing): string {
  return `${client} -> ${server} port ${String(port)}, by ${inward}`;
}

/** By step. A kind that says nothing of a change is believed capable of anything to the interfaces that it names. */
function touchesOf(
  steps: readonly Step[],
  kinds: readonly Kind[],
  { devices }: Standing,
): readonly (readonly Touch[])[] {
  const kindOf = new Map(kinds.map((each) => [each.name, each]));
  return steps.map((step): readonly Touch[] => {
    const kind = kindOf.get(step.kind);
    const [before, after] = [step.before ?? undefined, step.after ?? undefined];
    if (kind?.touches !== undefined) return kind.touches(before, after);
    const slots = [before, after].flatMap((each) => (each === undefined ? [] : (kind?.slots?.(each) ?? [])));
    const named = [...devices].filter((device) => slots.includes(`link:/${device}`));
    return named.map((device) => ({ on: 'link', device, link: null }));
  });
}

/** Why no new connection would come to stand: by what it is about, in words. Empty: one would. */
function problemsOf(picture: PathPicture, standing: Standing): ReadonlyMap<string, string> {
  const { path } = standing;
  const problems = new Map<string, string>();
  const inward = inwardNow(picture, standing);
  if (inward === undefined) problems.set('address', `the address ${path.server} would be gone`);
  const link = linkProblem(picture, standing, inward ?? standing.inward);
  if (link !== undefined) problems.set('link', link);
  const route = routeProblem(picture, standing, inward ?? standing.inward);
  if (route !== undefined) problems.set('route', route);
  for (const [name, table] of picture.tables) {
    const problem = tableProblem(table, picture, standing, inward ?? standing.inward);
    if (problem !== undefined) problems.set(`table ${name}`, problem);
  }
  return problems;
}

/** The address may move to another interface on the same wire. `undefined`: it is gone. */
function inwardNow(picture: PathPicture, { path, inward, holder }: Standing): string | undefined {
  const holders = holdersOf(picture, path.server);
  if (holder !== inward) return holders.length > 0 ? inward : undefined;
  return holders.includes(inward) ? inward : holders[0];
}

function linkProblem(picture: PathPicture, standing: Standing, device: string): string | undefined {
  const link = picture.links.get(device);
  if (link === undefined) return `${device} would be gone`;
  if (!link.up) return `${device} would be down`;
  if (link.master !== null && link.master !== standing.masters.get(device))
    return `${device} would be a port of ${link.master}, and hear nothing itself`;
  const lost = lostWire(picture, standing.wires.get(standing.inward), device);
  return lost === undefined ? undefined : `${device} would not be reached by ${lost.name}`;
}

function lostWire(picture: PathPicture, needed: readonly Wire[] | undefined, device: string): Wire | undefined {
  const now = new Set(wiresOf(picture, device).map(({ name }) => name));
  return needed?.find(({ name }) => !now.has(name));
}

function routeProblem(picture: PathPicture, standing: Standing, inward: string): string | undefined {
  const { path, outward, wires } = standing;
  const { client, server, via } = path;
  const way = wayTo(picture, client, server, isLinkLocal(client) ? outward : null);
  switch (way.type) {
    case 'local':
      return `the host would have the client's address ${client} itself`;
    case 'none':
      return `no route would lead back to ${client}`;
    case 'refused':
      return `a route would refuse what goes back to ${client}`;
    case 'by':
      break;
  }
  const by = `${way.device}${way.via === null ? '' : ` and ${way.via}`}`;
  // Of the interface that the packets come in by it is said already.
  const told = standing.inward === outward && way.device === inward;
  if (way.via !== via || (!told && lostWire(picture, wires.get(outward), way.device) !== undefined))
    return `the way back to ${client} would be by ${by}`;
  if (isOwnRouter(picture, way)) return `the host would have the address of its router ${String(via)} itself`;
  // Strict: a source is taken only where it is reached by the same interface (RFC 3704).
  const strict = familyOf(server) === 4 && inward !== way.device && reverseFilter(picture, inward) === 1;
  return strict ? `${inward} would refuse packets from ${client}, which is reached by ${way.device}` : undefined;
}

/** The kernel takes the greater of `all` and the interface. */
function reverseFilter({ settings }: PathPicture, device: string): number {
  return Math.max(...['all', device].map((each) => Number(settings.get(`net/ipv4/conf/${each}/rp_filter`) ?? '0')));
}

/** Whether a change is about anything that the way rests on at all. */
function isOnPath(touch: Touch, { path, devices }: Standing): boolean {
  switch (touch.on) {
    case 'link':
      return devices.has(touch.device) || devices.has(touch.was ?? touch.device);
    case 'vlan':
      return devices.has(touch.device);
    case 'address':
      return addressPart(touch.address) === path.server || devices.has(touch.device);
    case 'route':
    case 'rule':
    case 'table':
      return true;
    case 'setting':
      return [...devices, 'all'].some((each) => touch.path.includes(`/conf/${each}/`));
  }
}

/** For each thing that is wrong in the end, the step since which it is. */
function culprits(
  steps: readonly Step[],
  touches: readonly (readonly Touch[])[],
  view: HostView,
  standing: Standing,
  left: ReadonlyMap<string, string>,
): readonly { readonly step: Step; readonly reason: string }[] {
  const picture = pictureOf(view);
  if (picture === undefined) return [];
  const since = new Map<string, Step>();
  for (const [index, step] of steps.entries()) {
    const own = touches[index] ?? [];
    if (own.length === 0) continue;
    for (const each of own) touchPicture(picture, each);
    const wrong = problemsOf(picture, standing);
    for (const about of left.keys()) {
      if (!wrong.has(about)) since.delete(about);
      else if (!since.has(about)) since.set(about, step);
    }
  }
  const byStep = Map.groupBy(since, ([, step]) => step);
  return [...byStep].map(([step, about]) => ({
    step,
    reason: about.flatMap(([each]) => left.get(each) ?? []).join('; '),
  }));
}
