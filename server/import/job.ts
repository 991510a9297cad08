/** What every part of an import works on, and what they share. */
import { addressPart, bitsOf, parsePrefix, prefixesOverlap } from '../core/address.ts';
import type { LinkView } from '../flow/hostview.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import { parseBridgeName } from '../topology/grammar/interface-name.ts';
import { fabricName } from './draft.ts';
import type { Draft, DraftBridge, DraftNetwork } from './draft.ts';
import type { Ledger } from './ledger.ts';
import { addressKey, linkKey } from './ledger.ts';
import type { NameFor } from './names.ts';

export interface Import {
  readonly snapshot: Snapshot;
  readonly draft: Draft;
  readonly ledger: Ledger;
  readonly nameFor: NameFor;
}

export const SMALLEST_MTU = 1280;

export function newNetwork(
  { draft, nameFor }: Import,
  wish: string,
  about: Pick<DraftNetwork, 'device' | 'port' | 'mac' | 'vlan' | 'mtu'>,
): DraftNetwork {
  const network = { ...about, name: nameFor(wish, 'net'), addresses: [], subnets: [], routers: [], notes: [] };
  draft.networks.push(network);
  return network;
}

export function whyNotBridge(link: LinkView): string | undefined {
  if (!parseBridgeName(link.name).ok)
    return 'a bridge of a topology file is called with small letters, digits and `-`: rename it, and import again';
  if (!link.up) return 'it is down, and a plan would raise it';
  if (link.mtu < SMALLEST_MTU)
    return `it carries packets of ${String(link.mtu)} bytes, and networks have at least 1280`;
  return undefined;
}

export function portsOf({ snapshot, ledger }: Import, master: LinkView): readonly LinkView[] {
  const links = [...snapshot.host.links.values()].filter((each) => each.master === master.index);
  return links.filter((each) => ledger.isOpen(linkKey(each)) || isDraftedBond(each));
}

function isDraftedBond(link: LinkView): boolean {
  return link.type === 'bond';
}

/** Port by port: a file says it of whole networks, also across hosts, and lets their members reach routers alone. */
export function isIsolatedPort({ slaveData }: LinkView): boolean {
  return slaveData['isolated'] === true;
}

export function whyNotIsolated(bridge: string): string {
  return `it is isolated from other ports of ${bridge}, and a file isolates whole networks (\`isolated: true\`), not ports: a plan would join it with them`;
}

export function takePort({ ledger, draft }: Import, port: LinkView, bridge: DraftBridge): void {
  const key = linkKey(port);
  const isBond = draft.bonds.some(({ device }) => device === port.name);
  if (!isBond && !ledger.isOpen(key)) return;
  if (!isBond && !port.up) {
    ledger.list(key, `it is a port of ${bridge.device} and down, and a plan would raise it`);
    return;
  }
  if (isIsolatedPort(port)) {
    ledger.list(key, whyNotIsolated(bridge.device));
    return;
  }
  if (port.addresses.some(({ kernel }) => !kernel)) {
    ledger.list(key, `it is a port of ${bridge.device} and has addresses of its own, which are of no use there`);
    return;
  }
  bridge.ports.push({ device: port.name, fabric: fabricOf(draft, port.name) });
  if (!isBond) ledger.inFile(key, `hosts.${draft.host}.bridges.${bridge.device}.ports`);
}

/** Which ports are plugged into one wire, nobody can tell from a single host: each has one of its own. */
function fabricOf({ bridges }: Draft, port: string): string {
  const base = fabricName(port);
  const used = new Set(bridges.flatMap(({ ports }) => ports.map(({ fabric }) => fabric)));
  let name = base;
  for (let number = 2; used.has(name); number += 1) name = `${base}-${String(number)}`;
  return name;
}

/** The host's addresses on a network; the subnets follow from them. */
export function takeAddresses({ ledger, draft }: Import, link: LinkView, network: DraftNetwork): void {
  link.addresses.forEach(({ address, scope, kernel, dadFailed }, at) => {
    const key = addressKey(link, at);
    if (kernel || !ledger.isOpen(key)) return;
    const prefix = parsePrefix(address);
    if (prefix === undefined || scope !== 'global') {
      ledger.list(key, `its scope is ${scope}`);
      return;
    }
    if (dadFailed) {
      ledger.list(key, 'another station has it, and the kernel does not use it');
      return;
    }
    if (prefix.length > bitsOf(prefix.family) - 2) {
      ledger.list(key, `a subnet of /${String(prefix.length)} has no room for a network`);
      return;
    }
    const taken = draft.networks.flatMap((each) => (each === network ? [] : each.subnets));
    const others = network.subnets.filter((each) => each !== prefix.text);
    if ([...taken, ...others].some((each) => prefixesOverlap(each, prefix.text))) {
      ledger.list(key, `${prefix.text} overlaps another subnet of the host`);
      return;
    }
    if (addressPart(prefix.text) === addressPart(prefix.written)) {
      ledger.list(key, 'it is the address of its whole subnet, which no station of a network can have');
      return;
    }
    if (!network.subnets.includes(prefix.text)) network.subnets.push(prefix.text);
    network.addresses.push(prefix.written);
    ledger.inFile(key, `networks.${network.name}`);
  });
}
