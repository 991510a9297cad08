import type { HostView, LinkView, ScopeView } from '../../flow/hostview.ts';
import { parseMark } from '../../flow/mark.ts';
import type { Adoption, Claim } from '../kind.ts';
import { portId } from '../link-ids.ts';
import { isIsolatedPort } from '../link-isolation.ts';
import { isManageable, linkNamed, nameOfIndex, ownerOf } from '../link-marks.ts';
import { foundMemberships, inForeignBridge, masterOf } from '../link-vlans.ts';
import { Port } from './resource.ts';

/**
 * A port is in our hands while the host keeps its former values for us, or once it is in the bridge or bond of ours that it is
 * wanted in.
 * Any other port of a bridge of ours was put there by somebody else (a machine's tap), and is theirs.
 */
export function observePorts(view: HostView, claim: Claim<Port>): readonly Port[] {
  const host = view.scopes.get('');
  return [...(host?.links.values() ?? [])].flatMap((link): Port[] => {
    if (!isManageable(link) || ownerOf(link, claim.topology) !== undefined) return [];
    const id = portId(link.name);
    const wanted = claim.wanted.get(id);
    if (!isKept(view, id) && (wanted === undefined || !isPortOfOurs(link, host, claim.topology))) return [];
    const found = { ...asFound(link, host), borrowed: true, takeover: wanted?.takeover ?? false };
    if ((wanted ?? keptPort(view, id))?.vlans === null) found.vlans = null;
    return [wanted !== undefined && found.mtu > wanted.mtu ? { ...found, mtu: wanted.mtu } : found];
  });
}

function asFound(link: LinkView, host: ScopeView | undefined): Port {
  const master = nameOfIndex(host, link.master);
  const bonded = masterOf(link, host)?.type === 'bond';
  return {
    kind: 'port',
    id: portId(link.name),
    scope: '',
    device: link.name,
    bridge: bonded ? null : master,
    bond: bonded ? master : null,
    vlans: foundMemberships(link, masterOf(link, host)),
    foreign: inForeignBridge(link, host),
    isolated: isIsolatedPort(link),
    mtu: link.mtu,
    up: link.up,
    borrowed: false,
    takeover: false,
  };
}

function isKept(view: HostView, id: string): boolean {
  return view.record?.former[id] !== undefined;
}

function keptPort(view: HostView, id: string): Port | undefined {
  return Port.safeParse(view.record?.former[id]).data;
}

function isPortOfOurs(link: LinkView, host: ScopeView | undefined, topology: string): boolean {
  const master = masterOf(link, host);
  const owner = master === undefined ? undefined : ownerOf(master, topology);
  return owner?.startsWith('bridge:') === true || owner?.startsWith('bond:') === true;
}

/**
 * What the port is like without us. Where it is in a marked bridge or bond already and the record of before is lost, it was in none,
 * as far as anybody can tell.
 */
export function formerPort(wanted: Port, view: HostView): Port | undefined {
  const host = view.scopes.get('');
  const link = linkNamed(host, wanted.device);
  if (link === undefined || !isManageable(link)) return undefined;
  const found = asFound(link, host);
  const marked = parseMark(masterOf(link, host)?.alias ?? undefined) !== undefined;
  const vlans = wanted.vlans === null ? null : marked ? [] : found.vlans;
  return marked ? { ...found, bridge: null, bond: null, vlans } : { ...found, vlans };
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
  return inAnother(wanted, link, host) ?? inUse(wanted, link, host);
}

/** A bridge that somebody else made may have the port already. */
function inAnother(wanted: Port, link: LinkView, host: ScopeView | undefined): string | undefined {
  const { name } = link;
  const master = nameOfIndex(host, link.master);
  if (link.master === null || (master !== null && master === (wanted.bond ?? wanted.bridge))) return undefined;
  const holder = parseMark(masterOf(link, host)?.alias ?? undefined);
  const whose = holder === undefined ? 'is not ours' : `belongs to topology ${holder.topology}`;
  return `${name} is a port of ${master ?? 'another interface'}, which ${whose}: take it out there first.`;
}

/** A bare port that others gave addresses and routes is used along with them: nothing of it is cut off. */
export function adoptablePort(wanted: Port, view: HostView, claim: Claim<Port>): Adoption<Port> | undefined {
  const host = view.scopes.get('');
  const link = linkNamed(host, wanted.device);
  if (wanted.bridge !== null || wanted.bond !== null || wanted.takeover || link?.name !== wanted.device)
    return undefined;
  if (!isManageable(link) || link.master !== null || parseMark(link.alias ?? undefined) !== undefined) return undefined;
  if (observePorts(view, claim).some(({ id }) => id === wanted.id)) return undefined;
  const former = inUse(wanted, link, host) === undefined ? undefined : formerPort(wanted, view);
  return former === undefined ? undefined : { former, found: former };
}

function inUse({ takeover }: Port, { name, addresses }: LinkView, host: ScopeView | undefined): string | undefined {
  const own = addresses.filter(({ kernel }) => !kernel).map(({ address }) => address);
  const routes = (host?.routes ?? []).filter(({ device, protocol }) => device === name && protocol !== 'kernel');
  const held =
    own.length > 0
      ? `addresses (${own.join(', ')})`
      : routes.length > 0
        ? `routes (${routes.map(({ to }) => to).join(', ')})`
        : undefined;
  if (held === undefined) return undefined;
  return takeover
    ? `${name} carries ${held}, and \`takeover\` needs a confirmed apply, which undoes itself where the host can no longer be reached; there is none yet: move them by hand first.`
    : `${name} carries ${held}, which would be cut off: move them first.`;
}

/** The bridge or bond that somebody has put it into. */
export function whoHasPort(wanted: Port, _found: Port | undefined, view: HostView): string | undefined {
  const host = view.scopes.get('');
  const link = linkNamed(host, wanted.device);
  const master = link === undefined ? undefined : masterOf(link, host);
  if (master === undefined || master.name === (wanted.bond ?? wanted.bridge)) return undefined;
  const mark = parseMark(master.alias ?? undefined);
  if (mark !== undefined) return `topology ${mark.topology}, whose ${master.name} it is in`;
  const alias = master.alias === null ? '' : ` with the alias ${JSON.stringify(master.alias)}`;
  return `whoever made the ${master.type ?? 'interface'} ${JSON.stringify(master.name)}${alias}, which it is in`;
}
