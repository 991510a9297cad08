/** Ports of bridges that lead to a guest: taps of virtual machines, and veth pairs. */
import type { Address } from '../core/address.ts';
import { addressPart, parseAddress, prefixContains } from '../core/address.ts';
import type { LinkView } from '../flow/hostview.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import type { DraftNetwork } from './draft.ts';
import { isIsolatedPort, whyNotIsolated } from './job.ts';
import type { Import } from './job.ts';
import { linkKey } from './ledger.ts';

export function isMachine({ type }: LinkView): boolean {
  return type === 'tun' || type === 'veth' || type === 'macvtap';
}

/** Who is behind it is known by the namespace that has the other end, or by who was heard there. */
export function draftGuest(job: Import, port: LinkView, network: DraftNetwork, bridge: LinkView): void {
  const { ledger, draft, snapshot, nameFor } = job;
  const key = linkKey(port);
  if (!ledger.isOpen(key)) return;
  if (!port.up) {
    ledger.list(key, `it is a port of ${bridge.name} and down, and a plan would raise it`);
    return;
  }
  if (isIsolatedPort(port)) {
    ledger.list(key, whyNotIsolated(bridge.name));
    return;
  }
  const inside = namespaceOf(snapshot, port);
  const known = inside === undefined ? heard(snapshot, port, bridge) : inside.addresses;
  const used = new Set([
    ...network.addresses.map(addressPart),
    ...draft.guests.flatMap(({ addresses }) => addresses),
    ...network.routers,
  ]);
  const addresses = [...new Set(known)].filter(
    (each) => !used.has(each) && network.subnets.some((subnet) => prefixContains(subnet, each)),
  );
  const name = nameFor(inside?.name ?? port.name, 'guest');
  const note =
    inside !== undefined
      ? `the other end is in namespace ${inside.name}`
      : addresses.length > 0
        ? 'the addresses are those that were heard behind it: see that they are right'
        : 'nobody was heard behind it: add its addresses where you know them';
  draft.guests.push({ name, network: network.name, port: port.name, addresses, mac: null, note });
  ledger.inFile(key, `guests.${name}`);
}

function namespaceOf(
  { namespaces }: Snapshot,
  port: LinkView,
): { readonly name: string; readonly addresses: readonly Address[] } | undefined {
  if (port.type !== 'veth' || !port.linkElsewhere || port.link === null) return undefined;
  const found = [...namespaces].filter(([, { links }]) => {
    const far = links.get(port.link ?? 0);
    return far?.type === 'veth' && far.linkElsewhere && far.link === port.index;
  });
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  const far = only[1].links.get(port.link);
  const addresses = far?.addresses.filter(({ kernel }) => !kernel).map(({ address }) => addressPart(address)) ?? [];
  return { name: only[0], addresses };
}

function heard({ learned, neighbours }: Snapshot, port: LinkView, bridge: LinkView): readonly Address[] {
  const macs = new Set(learned.get(port.name) ?? []);
  return neighbours
    .filter(({ device, mac }) => device === bridge.name && macs.has(mac))
    .flatMap(({ address }) => parseAddress(address)?.text ?? [])
    .sort();
}
