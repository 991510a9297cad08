/**
 * A bridge that filters VLANs → one of the draft that somebody else made (`existing: true`), with a network for each VLAN that a
 * guest there is in: only those are ours on it then, and whatever else it carries goes on as it is.
 */
import type { LinkView } from '../flow/hostview.ts';
import type { DraftBridge, DraftNetwork } from './draft.ts';
import { draftGuest, isMachine } from './guests.ts';
import type { Import } from './job.ts';
import { newNetwork, portsOf, takePort } from './job.ts';
import { addressKey, linkKey } from './ledger.ts';

export function draftVlanBridge(job: Import, link: LinkView): void {
  const { ledger, draft } = job;
  const bridge: DraftBridge = { device: link.name, existing: true, ports: [], networks: [], notes: [] };
  const networks = new Map<number, DraftNetwork>();
  for (const port of portsOf(job, link)) {
    if (!isMachine(port)) continue;
    const [only, ...more] = port.vlans;
    if (only === undefined || more.length > 0 || !only.pvid || !only.untagged) {
      ledger.list(
        linkKey(port),
        `it is a port of ${link.name} in several VLANs, and a guest's port is in one, untagged`,
      );
      continue;
    }
    const network =
      networks.get(only.vid) ??
      newNetwork(job, `${link.name}-vlan${String(only.vid)}`, {
        device: null,
        port: false,
        mac: null,
        vlan: only.vid,
        mtu: link.mtu,
      });
    networks.set(only.vid, network);
    draftGuest(job, port, network, link);
  }
  link.addresses.forEach((_, at) => {
    const key = addressKey(link, at);
    if (ledger.isOpen(key))
      ledger.list(key, `${link.name} filters VLANs, and a file gives such a bridge no address itself`);
  });
  if (networks.size === 0) {
    ledger.list(linkKey(link), 'it filters VLANs, and no guest is in any of them: there is nothing to say of it');
    return;
  }
  for (const port of portsOf(job, link)) if (!isMachine(port)) takeTrunk(job, port, bridge, [...networks.keys()]);
  bridge.networks.push(...[...networks.values()].map(({ name }) => name));
  bridge.notes.push('it filters VLANs, and has more than a file can say: it stays as it is, and is not made by apply');
  draft.bridges.push(bridge);
  ledger.inFile(linkKey(link), `hosts.${draft.host}.bridges.${link.name}`);
}

/** An uplink is taken in where every network of the file has its VLAN there, tagged: a plan would add the others. */
function takeTrunk(job: Import, port: LinkView, bridge: DraftBridge, vids: readonly number[]): void {
  const tagged = new Set(port.vlans.filter(({ untagged, pvid }) => !untagged && !pvid).map(({ vid }) => vid));
  const missing = vids.filter((vid) => !tagged.has(vid));
  if (missing.length === 0) {
    takePort(job, port, bridge);
    return;
  }
  job.ledger.list(
    linkKey(port),
    `it is a port of ${bridge.device} that does not carry VLAN ${missing.join(', ')} with a tag, and a port of a file carries every network of its bridge`,
  );
}
