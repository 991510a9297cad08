/** Bonds of the host → those of the draft. */
import type { Json } from '../core/json.ts';
import type { LinkView } from '../flow/hostview.ts';
import { parseBorrowedPort, parseBridgeName } from '../topology/grammar/interface-name.ts';
import type { Import } from './job.ts';
import { linkKey } from './ledger.ts';
import { managerOf } from './managers.ts';
import { whyNotBridge } from './job.ts';

const MODES = ['balance-rr', 'active-backup', 'balance-xor', 'broadcast', '802.3ad', 'balance-tlb', 'balance-alb'];
/** Modes that spread by a hash, and the hashes that a file can ask for. */
const HASHING = new Set(['balance-xor', '802.3ad', 'balance-tlb']);
const HASHES = ['layer2', 'layer2+3', 'layer3+4'];

/** One that a file cannot say in full is left as it is, and used as a port like any other. */
export function draftBond({ ledger, draft, snapshot }: Import, link: LinkView): void {
  const ports = [...snapshot.host.links.values()].filter(({ master }) => master === link.index);
  const mode = textOf(link.data['mode']);
  const hash = textOf(link.data['xmit_hash_policy']);
  const spreads = HASHING.has(mode);
  const plain =
    parseBridgeName(link.name).ok &&
    (link.alias ?? '') === '' &&
    link.up &&
    canBeIn(link.master === null ? undefined : snapshot.host.links.get(link.master)) &&
    MODES.includes(mode) &&
    (!spreads || HASHES.includes(hash)) &&
    ports.length > 0 &&
    ports.every((port) => ledger.isOpen(linkKey(port)) && parseBorrowedPort(port.name).ok && port.up);
  if (!plain) return;
  const primary = textOf(link.data['primary']);
  draft.bonds.push({
    device: link.name,
    ports: ports.map(({ name }) => name),
    mode,
    hash: spreads ? hash : null,
    primary: primary === '' ? null : primary,
  });
  const place = `hosts.${draft.host}.bonds.${link.name}`;
  ledger.inFile(linkKey(link), place);
  for (const port of ports) ledger.inFile(linkKey(port), `${place}.ports`);
}

/** In a bridge that stays somebody else's it stays so too. */
function canBeIn(bridge: LinkView | undefined): boolean {
  if (bridge === undefined) return true;
  const ours = bridge.type === 'bridge' && (bridge.alias ?? '') === '' && managerOf(bridge.name) === undefined;
  return ours && whyNotBridge(bridge) === undefined && bridge.data['vlan_filtering'] !== 1;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
