import { parsePrefix } from '../../core/address.ts';
import type { HostView, LinkView } from '../../flow/hostview.ts';
import type { Claim } from '../kind.ts';
import { namespaceField } from '../link-fields.ts';
import { isAdopted, isSharedPort, isSomebodys } from '../link-adoption.ts';
import { addressId, isBorrowed, portId } from '../link-ids.ts';
import { isManageable, linkNamed, ownerOf } from '../link-marks.ts';
import { Address } from './resource.ts';

/**
 * An address belongs to whoever owns its interface, so one that somebody added to an interface of ours is ours too, and goes
 * again. What the kernel makes itself (link-local, `lo`) is nobody's.
 */
export function observeAddresses(view: HostView, claim: Claim<Address>): readonly Address[] {
  return [...borrowedAddresses(view), ...ownAddresses(view, claim)];
}

/** Those that we added to somebody else's interface: the host keeps that they were not there. */
function borrowedAddresses(view: HostView): readonly Address[] {
  return Object.values(view.record?.former ?? {}).flatMap((former): Address[] => {
    const kept = former.kind === 'address' ? Address.safeParse(former).data : undefined;
    return kept === undefined ? [] : [{ ...asFound(kept, view), borrowed: true }];
  });
}

export function formerAddress(wanted: Address, view: HostView): Address | undefined {
  if (wanted.borrowed) return { ...asFound(wanted, view), borrowed: false };
  // Where others have addresses beside ours, each that we add or take over is kept by itself.
  return wanted.scope === '' && isSomebodys(view, wanted.link, wanted.device) ? asFound(wanted, view) : undefined;
}

function asFound(address: Address, view: HostView): Address {
  const link = linkNamed(view.scopes.get(''), address.device);
  const found = link?.addresses.find((each) => parsePrefix(each.address)?.written === address.address);
  return { ...address, present: found !== undefined, duplicate: found?.dadFailed ?? false };
}

function ownAddresses(view: HostView, claim: Claim<Address>): readonly Address[] {
  return [...view.scopes.values()].flatMap(({ scope, links }) => {
    if (scope !== '' && !namespaceField.safeParse(scope).success) return [];
    return [...links.values()].flatMap((link) => {
      const owner = addressOwner(view, scope, link, claim);
      return owner === undefined ? [] : addressesOf(view, scope, link, owner, claim);
    });
  });
}

/** A free end waits for its guest, whose addresses are its own business. */
function addressOwner(view: HostView, scope: string, link: LinkView, claim: Claim<Address>): string | undefined {
  const owner = ownerOf(link, claim.topology);
  if (owner !== undefined) return scope === '' && link.alias?.endsWith('+peer') === true ? undefined : owner;
  if (scope !== '' || !isManageable(link)) return undefined;
  return isBarePort(view, link) ? portId(link.name) : undefined;
}

/** A borrowed port had no addresses when it was taken (else it is refused): while we have it, those on it are ours. */
function isBarePort(view: HostView, link: LinkView): boolean {
  return link.master === null && view.record?.former[portId(link.name)] !== undefined;
}

/** On an interface that was taken over, what neither the file nor the record knows is somebody else's. */
function isTheirs(view: HostView, scope: string, link: LinkView, owner: string): boolean {
  return scope === '' && (isBorrowed(owner) ? isSharedPort(view, link.name) : isAdopted(view, owner));
}

function addressesOf(
  view: HostView,
  scope: string,
  link: LinkView,
  owner: string,
  claim: Claim<Address>,
): readonly Address[] {
  return link.addresses.flatMap((found): Address[] => {
    const address = parsePrefix(found.address)?.written;
    if (found.kernel || found.scope === 'host' || address === undefined) return [];
    const id = addressId(scope, link.name, address);
    if (moves(view, scope, link.name, address)) return [];
    if (isTheirs(view, scope, link, owner) && !claim.wanted.has(id) && view.record?.former[id] === undefined) return [];
    // The flag cannot be read everywhere; in a gateway all have it.
    const nodad = claim.wanted.get(id)?.nodad ?? (scope !== '' && found.family === 6);
    const common = { kind: 'address' as const, id, scope, device: link.name, address, link: owner };
    return [{ ...common, nodad, duplicate: found.dadFailed, present: true, borrowed: false }];
  });
}

/** What a cluster shares is where its members put it. */
function moves(view: HostView, scope: string, device: string, address: string): boolean {
  const held = view.services?.filter((each) => each.scope === scope).flatMap(({ holds }) => holds) ?? [];
  return held.some((each) => each.device === device && each.address === address);
}

export function addressInTheWay(wanted: Address, view: HostView, claim: Claim<Address>): string | undefined {
  const [plain] = wanted.address.split('/', 1);
  for (const link of view.scopes.get(wanted.scope)?.links.values() ?? []) {
    if (link.name === wanted.device || addressOwner(view, wanted.scope, link, claim) !== undefined) continue;
    if (!link.addresses.some(({ address }) => address.split('/', 1)[0] === plain)) continue;
    const where = isManageable(link) ? link.name : 'another interface';
    return `${plain ?? ''} is already on ${where}, which is not ours: remove it there, or choose another address.`;
  }
  return undefined;
}
