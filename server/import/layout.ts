/**
 * Links of the host → bridges, bonds, networks and guests of the draft. An interface is taken in where a topology can say what it
 * is and a plan would change nothing about it but its mark; any other one is listed with the reason.
 */
import type { LinkView } from '../flow/hostview.ts';
import { parseMark } from '../flow/mark.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import { parseBorrowedPort } from '../topology/grammar/interface-name.ts';
import { draftBond } from './bonds.ts';
import type { DraftBridge } from './draft.ts';
import { draftGuest, isMachine } from './guests.ts';
import { addressKey, linkKey } from './ledger.ts';
import { managerOf } from './managers.ts';
import type { Import } from './job.ts';
import { newNetwork, portsOf, SMALLEST_MTU, takeAddresses, takePort, whyNotBridge } from './job.ts';
import { draftVlanBridge } from './vlan-bridges.ts';

/** The kernel's own, in every network stack. */
const LOOPBACK = 'lo';

export function draftLinks(job: Import): void {
  const links = [...job.snapshot.host.links.values()];
  for (const link of links) setAside(job, link);
  const open = (link: LinkView): boolean => job.ledger.isOpen(linkKey(link));
  for (const link of links) if (open(link) && link.type === 'bond') draftBond(job, link);
  for (const link of links) if (open(link) && link.type === 'bridge') draftBridge(job, link);
  for (const link of links) if (open(link) && link.master === null) draftPort(job, link);
  for (const link of links) if (open(link)) listRest(job, link);
  for (const link of links) listAddresses(job, link);
}

/** What is nobody's to describe: the kernel's own, what others make over and over, and names that no tool can be given. */
function setAside({ ledger }: Import, link: LinkView): void {
  const key = linkKey(link);
  if (link.name === LOOPBACK) ledger.kernel(key);
  link.addresses.forEach((address, at) => {
    if (address.kernel || (link.name === LOOPBACK && address.scope === 'host')) ledger.kernel(addressKey(link, at));
  });
  const mark = parseMark(link.alias ?? undefined);
  if (!link.manageable || !parseBorrowedPort(link.name).ok)
    ledger.list(key, 'its name cannot be written in a topology file: rename it, and import again');
  if (mark !== undefined) ledger.list(key, `topology ${mark.topology} made it`);
  const manager = link.type === 'bridge' ? managerOf(link.name) : undefined;
  if (manager !== undefined) ledger.list(key, `${manager} makes and keeps it: it is left to it`);
}

function draftBridge(job: Import, link: LinkView): void {
  const { ledger, draft } = job;
  const reason = whyNotBridge(link);
  if (reason !== undefined) {
    ledger.list(linkKey(link), reason);
    return;
  }
  if (link.data['vlan_filtering'] === 1) {
    draftVlanBridge(job, link);
    return;
  }
  // With a description of somebody's it cannot carry our mark, and no file says what it does not learn: it stays theirs.
  const deaf = link.data['no_linklocal_learn'] === 1;
  const existing = (link.alias ?? '') !== '' || deaf;
  const network = newNetwork(job, link.name, {
    device: link.name,
    port: false,
    mac: existing ? null : link.mac,
    vlan: null,
    mtu: link.mtu,
  });
  const bridge: DraftBridge = { device: link.name, existing, ports: [], networks: [network.name], notes: [] };
  if (deaf) bridge.notes.push('it learns nothing from link-local frames, which no file says: it stays as it is');
  draft.bridges.push(bridge);
  ledger.inFile(linkKey(link), `hosts.${draft.host}.bridges.${link.name}`);
  takeAddresses(job, link, network);
  for (const port of portsOf(job, link)) {
    if (isMachine(port)) draftGuest(job, port, network, link);
    else takePort(job, port, bridge);
  }
}

/** An interface that has addresses by itself. */
function draftPort(job: Import, link: LinkView): void {
  const { ledger, draft } = job;
  const key = linkKey(link);
  const own = link.addresses.some(({ kernel, scope }) => !kernel && scope === 'global');
  if (!own) return;
  if (link.type === 'bridge') return;
  const bond = draft.bonds.find(({ device }) => device === link.name);
  if (bond === undefined && (link.alias ?? '') !== '' && parseMark(link.alias ?? undefined) !== undefined) return;
  if (!link.up) {
    ledger.list(key, 'it is down, and a plan would raise it');
    return;
  }
  if (link.mtu < SMALLEST_MTU) {
    ledger.list(key, `it carries packets of ${String(link.mtu)} bytes, and networks have at least 1280`);
    return;
  }
  const network = newNetwork(job, link.name, { device: link.name, port: true, mac: null, vlan: null, mtu: link.mtu });
  takeAddresses(job, link, network);
  if (network.addresses.length === 0) {
    draft.networks.splice(draft.networks.indexOf(network), 1);
    return;
  }
  if (link.type === 'vlan')
    network.notes.push(
      `VLAN ${String(Number(link.data['id']))} of another interface, which is left as it is: the network's frames have no tag here`,
    );
  ledger.inFile(key, `hosts.${draft.host}.nics.${network.name}`);
}

function listRest({ ledger, snapshot, draft }: Import, link: LinkView): void {
  const master = link.master === null ? undefined : snapshot.host.links.get(link.master);
  const above = [...snapshot.host.links.values()].filter(
    (each) => each.link === link.index && !each.linkElsewhere && each.type === 'vlan',
  );
  const inside = draft.guests.some(({ port }) => port === peerName(snapshot, link));
  ledger.list(linkKey(link), reasonFor(link, { master, above, inside }));
}

function peerName({ host }: Snapshot, link: LinkView): string | undefined {
  return link.type === 'veth' && !link.linkElsewhere && link.link !== null
    ? host.links.get(link.link)?.name
    : undefined;
}

function reasonFor(
  link: LinkView,
  about: { readonly master: LinkView | undefined; readonly above: readonly LinkView[]; readonly inside: boolean },
): string {
  const { master, above, inside } = about;
  if (inside) return 'it is the far end of the port of a guest';
  if (master !== undefined) return `it is a port of ${master.name}, which the file does not have`;
  if (above.length > 0) return `it only carries ${above.map(({ name }) => name).join(', ')}, and stays as it is`;
  if (!link.up) return 'it is down, and in no bridge';
  return 'it is in no bridge and has no address that a network could have';
}

/** An address goes where its interface goes. */
function listAddresses({ ledger }: Import, link: LinkView): void {
  link.addresses.forEach((_, at) => {
    if (ledger.isOpen(addressKey(link, at)))
      ledger.list(addressKey(link, at), `its interface ${link.name} is not in the file`);
  });
}
