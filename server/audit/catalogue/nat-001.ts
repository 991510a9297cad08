import { formatAddress, mustParsePrefix } from '../../core/address.ts';
import type { AuditedStack, Scene } from '../scene.ts';
import type { LedgerEntry } from '../mappings/ledger.ts';
import type { FindingRule } from './rule.ts';

/** A port forward that ends nowhere: whoever gets that address next is open to the world. */
export const NAT_001: FindingRule = {
  id: 'NAT-001',
  name: 'Dangling port forward',
  severity: 'medium',
  definition:
    'A public port is forwarded to an address that no route of the gateway leads to, or that nobody has of all who are in the file.',
  fix: 'Remove the port forward, or correct its target.',
  *find({ scene, ledger }) {
    for (const entry of ledger) {
      const why = dangles(scene, entry);
      if (why === null) continue;
      const { row } = entry;
      yield {
        summary: `${row.gateway} forwards ${row.address}:${row.ports}/${row.protocol} to ${row.target.address}, ${why}`,
        detail: '',
        at: row.through,
        witness: null,
        about: `${row.gateway} ${row.address}:${row.ports}/${row.protocol} ${row.target.address}`,
      };
    }
  },
};

function dangles(scene: Scene, { mapping: { to }, on }: LedgerEntry): string | null {
  if (to.type !== 'address' || to.addresses.first !== to.addresses.last) return null;
  const address = formatAddress(to.family, to.addresses.first);
  if (scene.owners.has(address)) return null;
  const way = wayTo(on, to.family, to.addresses.first);
  if (way === 'none') return 'where no route leads to';
  return way === 'connected' && scene.model !== null ? 'which nobody has' : null;
}

/** `connected`: on a wire of the gateway's own. Routes through others end where we cannot see. */
function wayTo({ stack }: AuditedStack, family: 4 | 6, address: bigint): 'none' | 'connected' | 'further' {
  let way: 'none' | 'connected' | 'further' = 'none';
  let length = -1;
  for (const route of stack.routes) {
    if (route.family !== family || route.type !== 'unicast') continue;
    const prefix = mustParsePrefix(route.to);
    if (address < prefix.first || address > prefix.last || prefix.length <= length) continue;
    length = prefix.length;
    way = route.ways.every(({ via }) => via === null) ? 'connected' : 'further';
  }
  return way;
}
