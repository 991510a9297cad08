/** What the way by which a host is reached rests on now: found once, before anything of a plan is tried. */
import { parseMark } from '../flow/mark.ts';
import type { HostView, LinkView, PathView } from '../flow/hostview.ts';
import { holdersOf } from './path-picture.ts';
import type { PathPicture } from './path-picture.ts';
import { holdersIn, isLinkLocal } from './path-route.ts';
import { wiresOf } from './path-wire.ts';
import type { Wire } from './path-wire.ts';

export interface Standing {
  readonly path: PathView;
  /** The interface that has the address. */
  readonly holder: string;
  /** The interface that the client's packets come in by, and the one that the answers leave by. */
  readonly inward: string;
  readonly outward: string;
  /** Their wires: all of these have to stay. */
  readonly wires: ReadonlyMap<string, readonly Wire[]>;
  readonly masters: ReadonlyMap<string, string | null>;
  /** Every interface on the way. */
  readonly devices: ReadonlySet<string>;
  readonly ownMac: string | null;
}

/** `undefined`: the host is reached by an address of somebody else's stack, or from itself. */
export function standingOf(path: PathView, picture: PathPicture, view: HostView): Standing | undefined {
  const holders = holdersOf(picture, path.server);
  const [holder] = holders.includes(path.device) ? [path.device] : holders;
  const zone = isLinkLocal(path.client) ? path.device : null;
  if (holder === undefined || path.device === 'lo' || holdersIn(picture, path.client, zone).length > 0)
    return undefined;
  const inward = isOnWire(picture, holder) ? holder : path.device;
  const ends = [...new Set([inward, path.device])];
  const links = [...(view.scopes.get('')?.links.values() ?? [])];
  const wires = new Map(ends.map((each) => [each, neededWires(picture, each, path, links)]));
  const own = links.find(({ name }) => name === inward);
  return {
    path,
    holder,
    inward,
    outward: path.device,
    wires,
    masters: new Map(ends.map((each) => [each, picture.links.get(each)?.master ?? null])),
    devices: new Set(ends.flatMap((each) => chainOf(picture, each))),
    ownMac: own?.mac ?? null,
  };
}

function isOnWire(picture: PathPicture, device: string): boolean {
  return device !== 'lo' && picture.links.get(device)?.type !== 'dummy' && wiresOf(picture, device).length > 0;
}

/** Of a bridge with many ports the one that the client, or the router on the way to him, was seen behind; else all that are not ours. */
function neededWires(
  picture: PathPicture,
  device: string,
  { mac }: PathView,
  links: readonly LinkView[],
): readonly Wire[] {
  const all = wiresOf(picture, device);
  const seen = new Set(
    links.filter(({ fdb }) => mac !== null && fdb.some((entry) => entry.mac === mac)).map(({ name }) => name),
  );
  const behind = all.filter(({ port }) => port !== null && seen.has(port));
  if (behind.length > 0) return behind;
  const ours = new Set(
    links.filter(({ alias }) => parseMark(alias ?? undefined) !== undefined).map(({ name }) => name),
  );
  const foreign = all.filter(({ port }) => port === null || !ours.has(port));
  return foreign.length > 0 ? foreign : all;
}

function chainOf(picture: PathPicture, device: string): readonly string[] {
  const link = picture.links.get(device);
  const below = link?.lower ?? null;
  const ports = [...picture.links].flatMap(([name, each]) => (each.master === device ? [name] : []));
  return [
    device,
    ...(below === null ? [] : chainOf(picture, below)),
    ...ports.flatMap((each) => chainOf(picture, each)),
  ];
}
