import { formatAddress, mustParsePrefix } from '../../core/address.ts';
import type { LedgerEntry } from '../mappings/ledger.ts';
import type { FindingRule } from './rule.ts';

/** Mappings that are shown; the number of all of them is said. */
const SHOWN = 10;

/** Inside the house the public name leads nowhere. */
export const NAT_006: FindingRule = {
  id: 'NAT-006',
  name: 'Hairpin gap',
  severity: 'low',
  definition:
    'Guests in the network of a published one do not get to it by the public address: the gateway does not translate what they send there, or the answer comes back past it. Of each gateway one finding for all targets in one network.',
  fix: 'Masquerade what comes from that network and is translated back into it (`ct status dnat masquerade`), or have a DNS name the inner address there.',
  *find({ ledger }) {
    const failing = ledger.filter(({ row, owner }) => row.hairpin === 'fails' && owner !== null);
    for (const [about, entries] of Map.groupBy(failing, aboutOf)) {
      const [first] = entries;
      if (first === undefined) continue;
      const { row } = first;
      const many = entries.length > 1;
      yield {
        summary: `${many ? `${String(entries.length)} port mappings` : 'A port mapping'} of ${row.gateway} cannot be used by neighbours of ${many ? 'their targets' : 'its target'}, ${row.target.node ?? row.target.address} for one`,
        detail: entries.length > SHOWN ? `The first ${String(SHOWN)} are shown.` : '',
        at: entries.slice(0, SHOWN).flatMap((each) => each.row.through.slice(-1)),
        witness: {
          ...{ from: first.neighbour?.node ?? '', source: first.neighbour?.address ?? '' },
          ...{ destination: row.address, protocol: row.protocol, sourcePort: null, ends: null },
          destinationPort: first.ports === null ? null : Number(first.ports.first),
        },
        about,
      };
    }
  },
};

/** By the network that the targets are in. */
function aboutOf({ row, owner }: LedgerEntry): string {
  const own = owner?.stack.interfaces
    .get(owner.device)
    ?.addresses.find((each) => each.startsWith(`${row.target.address}/`));
  if (own === undefined) return `${row.gateway} ${row.target.address}`;
  const { family, first, length } = mustParsePrefix(own);
  return `${row.gateway} ${formatAddress(family, first)}/${String(length)}`;
}
