/** How the formats say the same things: where something stands, what a packet is. All of it safe to show. */
import { visibleText } from '../../core/visible-text.ts';
import type { Locus, Witness } from '../finding.ts';
import type { LedgerRow } from '../ledger.ts';

/** `shop.yaml:41`, `gw-x/vgw-1: inet trunkline-shop forward handle 12`, or both. */
export function locusText({ stack, object, place }: Locus): string {
  const host = [stack, object].filter((each) => each !== null).join(': ');
  const line = place === null ? '' : `${place.file}:${String(place.line)}`;
  return visibleText(host === '' ? line : line === '' ? host : `${host} (${line})`);
}

/** `tcp 198.51.100.9:40000 -> 203.0.113.7:443, ends at db1 10.1.1.5:5432` */
export function witnessText({
  from,
  source,
  destination,
  protocol,
  sourcePort,
  destinationPort,
  ends,
}: Witness): string {
  const flow = `${protocol} ${withPort(source, sourcePort)} -> ${withPort(destination, destinationPort)}`;
  return visibleText(`${flow}, from ${from}${ends === null ? '' : `, ends at ${ends}`}`);
}

function withPort(address: string, port: number | null): string {
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`;
}

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
}

export const LEDGER_COLUMNS: readonly Column<LedgerRow>[] = [
  { title: 'gateway', cell: ({ gateway }) => gateway },
  { title: 'public address', cell: ({ address }) => address },
  { title: 'protocol', cell: ({ protocol }) => protocol },
  { title: 'ports', cell: ({ ports }) => ports },
  { title: 'ends at', cell: ({ target }) => target.node ?? 'nobody known' },
  { title: 'address', cell: ({ target }) => target.address },
  { title: 'port', cell: ({ target }) => target.ports },
  { title: 'who may', cell: ({ allowed }) => (allowed === null ? 'not decided' : allowed.join(', ') || 'nobody') },
  { title: 'listens', cell: ({ listener }) => LISTENS[listener] },
  { title: 'hairpin', cell: ({ hairpin }) => hairpin },
  { title: 'hits', cell: ({ hits }) => (hits === null ? '' : String(hits)) },
  { title: 'by', cell: ({ through }) => through.map(locusText).join('; ') },
];

const LISTENS = { declared: 'declared', 'none-declared': 'nobody declared', unknown: 'not known' } as const;

/** `3 findings: 1 critical, 2 low` */
export function countsText(findings: readonly { readonly severity: string }[]): string {
  if (findings.length === 0) return 'No findings';
  const counts = Map.groupBy(findings, ({ severity }) => severity);
  const parts = [...counts].map(([severity, each]) => `${String(each.length)} ${severity}`);
  return `${String(findings.length)} finding${findings.length === 1 ? '' : 's'}: ${parts.join(', ')}`;
}
