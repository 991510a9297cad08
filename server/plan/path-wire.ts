/** By which wires frames come to an interface: down through VLAN devices and bridges, to ports that lie on nothing else. */
import type { PathLink } from '../flow/touch.ts';
import type { PathPicture } from './path-picture.ts';

export interface Wire {
  /** The port, or the bond, with the tag that the frames have there: `eno1`, `bond0.20`. */
  readonly name: string;
  /** The port of the uppermost bridge that they come in by; `null` where there is none. */
  readonly port: string | null;
}

export function wiresOf(picture: PathPicture, device: string): readonly Wire[] {
  return below(picture, device, null, null, new Set());
}

function below(
  picture: PathPicture,
  device: string,
  tag: number | null,
  port: string | null,
  seen: ReadonlySet<string>,
): readonly Wire[] {
  const link = picture.links.get(device);
  if (link?.up !== true || seen.has(device)) return [];
  const on = new Set([...seen, device]);
  if (link.lower !== null) return below(picture, link.lower, link.vid, port, on);
  const ports = [...picture.links].filter(([, each]) => each.master === device);
  if (link.type === 'bond')
    return ports.some(([, each]) => each.up && each.carrier) ? [leaf(device, link, tag, port)] : [];
  if (link.type !== 'bridge') return [leaf(device, link, tag, port)];
  // The bridge's own part in a VLAN decides what the host hears of it.
  const vlan = link.filtering ? vlanOf(link, tag) : null;
  if (vlan === undefined) return [];
  return ports.flatMap(([name, each]) => {
    const outer = vlan === null ? tag : tagAt(each, vlan);
    return outer === undefined ? [] : below(picture, name, outer, port ?? name, on);
  });
}

function leaf(device: string, { leads }: PathLink, tag: number | null, port: string | null): Wire {
  return { name: `${device}${tag === null ? '' : `.${String(tag)}`}${leads === null ? '' : ` ${leads}`}`, port };
}

function vlanOf({ vlans }: PathLink, tag: number | null): number | undefined {
  return vlans.find((each) => (tag === null ? each.pvid && each.untagged : each.vid === tag && !each.untagged))?.vid;
}

/** `undefined`: not in that VLAN; `null`: untagged there. */
function tagAt({ vlans }: PathLink, vid: number): number | null | undefined {
  const found = vlans.find((each) => each.vid === vid);
  if (found === undefined || (found.untagged && !found.pvid)) return undefined;
  return found.untagged ? null : vid;
}
