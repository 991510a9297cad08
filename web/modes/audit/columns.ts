import type { Finding, LedgerRow } from '../../../server/api/schema/audit.ts';
import type { Column } from '../../ui/grid/rows.ts';

const SEVERITIES: readonly Finding['severity'][] = ['critical', 'high', 'medium', 'low', 'info'];

/** Worst first. */
export function rankOf(severity: Finding['severity']): number {
  return SEVERITIES.indexOf(severity);
}

const LISTENS = { declared: 'declared', 'none-declared': 'nobody declared', unknown: 'not known' } as const;

/** In the words of the command line. */
export const LEDGER: readonly Column<LedgerRow>[] = [
  { id: 'gateway', title: 'Gateway', width: 128, text: ({ gateway }) => gateway },
  { id: 'address', title: 'Public address', width: 142, text: ({ address }) => address },
  { id: 'ports', title: 'Port', width: 96, text: ({ ports, protocol }) => `${ports}/${protocol}`, order: portOf },
  {
    ...{ id: 'target', title: 'Ends at', width: 206 },
    text: ({ target: { node, address, ports } }) => `${node ?? 'nobody known'} ${withPort(address, ports)}`,
  },
  {
    ...{ id: 'allowed', title: 'Who may', width: 190 },
    text: ({ allowed }) => (allowed === null ? 'not decided' : allowed.join(', ') || 'nobody'),
  },
  { id: 'listens', title: 'Listens', width: 110, text: ({ listener }) => LISTENS[listener] },
  { id: 'hairpin', title: 'Hairpin', width: 80, text: ({ hairpin }) => hairpin },
  {
    ...{ id: 'hits', title: 'Hits', width: 70 },
    text: ({ hits }) => (hits === null ? '' : String(hits)),
    order: ({ hits }) => hits ?? -1,
  },
  { id: 'line', title: 'Line', width: 150, text: ({ through }) => linesText(through) },
];

/** What is open by several findings of one sort and severity is told apart by its summary. */
export const FINDINGS: readonly Column<Finding>[] = [
  {
    ...{ id: 'severity', title: 'Severity', width: 92 },
    text: ({ severity }) => severity,
    order: ({ severity }) => rankOf(severity),
  },
  { id: 'id', title: 'Id', width: 82, text: ({ id }) => id },
  { id: 'summary', title: 'Finding', width: 410, text: ({ summary }) => summary },
  { id: 'line', title: 'Where', width: 160, text: ({ at }) => linesText(at) },
];

function portOf({ ports }: LedgerRow): number {
  const first = Number.parseInt(ports, 10);
  return Number.isNaN(first) ? -1 : first;
}

function withPort(address: string, ports: string): string {
  return address.includes(':') ? `[${address}]:${ports}` : `${address}:${ports}`;
}

function linesText(at: Finding['at']): string {
  const lines = at.flatMap(({ place }) => (place === null ? [] : [`${place.file}:${String(place.line)}`]));
  if (lines.length > 0) return [...new Set(lines)].join(', ');
  return [...new Set(at.flatMap(({ object }) => object ?? []))].join(', ');
}

/** One row of the ledger in every answer: nothing else has its gateway, address, protocol and ports. */
export function ledgerKey({ gateway, address, protocol, ports, target }: LedgerRow): string {
  return [gateway, address, protocol, ports, target.address].join(' ');
}
