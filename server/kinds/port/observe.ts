import type { HostView, LinkView, ScopeView } from '../../flow/hostview.ts';
import { parseMark } from '../../flow/mark.ts';
import type { Claim } from '../kind.ts';
import { portId } from '../link-ids.ts';
import { isManageable, linkNamed, nameOfIndex, ownerOf } from '../link-marks.ts';
import { foundMemberships, masterOf } from '../link-vlans.ts';
import type { Port } from './resource.ts';

/**
 * A port is in our hands while the host keeps its former values for us, or once it is in the bridge that it is wanted in.
 * Any other port of a bridge of ours was put there by somebody else (a machine's tap), and is theirs.
 */
export function observePorts(view: HostView, claim: Claim<Port>): readonly Port[] {
  const host = view.scopes.get('');
  return [...(host?.links.values() ?? [])].flatMap((link): Port[] => {
    if (!isManageable(link) || ownerOf(link, claim.topology) !== undefined) return [];
    const id = portId(link.name);
    const wanted = claim.wanted.get(id);
    if (!isKept(view, id) && (wanted === undefined || !isInOurBridge(link, host, claim.topology))) return [];
    const found = { ...asFound(link, host), borrowed: true };
    return [wanted !== undefined && found.mtu > wanted.mtu ? { ...found, mtu: wanted.mtu } : found];
  });
}

function asFound(link: LinkView, host: ScopeView | undefined): Port {
  return {
    kind: 'port',
    id: portId(link.name),
    scope: '',
    device: link.name,
    bridge: nameOfIndex(host, link.master),
    vlans: foundMemberships(link, masterOf(link, host)),
    mtu: link.mtu,
    up: link.up,
    borrowed: false,
  };
}

function isKept(view: HostView, id: string): boolean {
  return view.record?.former[id] !== undefined;
}

function isInOurBridge(link: LinkView, host: ScopeView | undefined, topology: string): boolean {
  const bridge = masterOf(link, host);
  return bridge !== undefined && ownerOf(bridge, topology)?.startsWith('bridge:') === true;
}

/**
 * What the port is like without us. Where it is in a marked bridge already and the record of before is lost, it was in none,
 * as far as anybody can tell.
 */
export function formerPort(wanted: Port, view: HostView): Port | undefined {
  const host = view.scopes.get('');
  const link = linkNamed(host, wanted.device);
  if (link === undefined || !isManageable(link)) return undefined;
  const found = asFound(link, host);
  const marked = parseMark(masterOf(link, host)?.alias ?? undefined) !== undefined;
  return marked ? { ...found, bridge: null, vlans: [] } : found;
}

export function portInTheWay(wanted: Port, view: HostView, claim: Claim<Port>): string | undefined {
  const { device } = wanted;
  const host = view.scopes.get('');
  const link = linkNamed(host, device);
  if (link === undefined) return `There is no interface ${device} on this host: correct the name in the file.`;
  if (link.name !== device) {
    return `${device} is an alternative name of an interface: write its own name in the file.`;
  }
  const owner = parseMark(link.alias ?? undefined);
  if (owner !== undefined) return `${device} was made for topology ${owner.topology} and is not a port to borrow.`;
  if (observePorts(view, claim).some(({ id }) => id === wanted.id)) return undefined;
  return inUse(link, host);
}

function inUse(link: LinkView, host: ScopeView | undefined): string | undefined {
  const { name } = link;
  if (link.master !== null) {
    const master = masterOf(link, host);
    const holder = parseMark(master?.alias ?? undefined);
    const whose = holder === undefined ? 'is not ours' : `belongs to topology ${holder.topology}`;
    return `${name} is a port of ${nameOfIndex(host, link.master) ?? 'another interface'}, which ${whose}: take it out there first.`;
  }
  const addresses = link.addresses.filter(({ kernel }) => !kernel).map(({ address }) => address);
  if (addresses.length > 0) {
    return `${name} carries addresses (${addresses.join(', ')}), which would be cut off: move them first.`;
  }
  const routes = (host?.routes ?? []).filter(({ device, protocol }) => device === name && protocol !== 'kernel');
  if (routes.length > 0) {
    return `${name} carries routes (${routes.map(({ to }) => to).join(', ')}), which would be cut off: move them first.`;
  }
  return undefined;
}
