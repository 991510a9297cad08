/** A report whose every text was written by somebody who means ill. */
import type { Finding, FindingKind } from '../../server/audit/finding.ts';
import type { LedgerRow } from '../../server/audit/ledger.ts';
import type { AuditReport } from '../../server/audit/report.ts';

export const HOSTILE = "=cmd|'/C calc'!A1 <script>alert(1)</script> \"&' | [x](http://y) @all {0}\n\x1b[31m\u202egnp";

export const KIND: FindingKind = {
  id: 'NAT-003',
  name: 'Conflicting forwards',
  severity: 'high',
  definition: 'Two rules translate the same public address, port and protocol to different targets.',
  fix: 'Remove one of them.',
  standards: ['PCI DSS 4.0 1.2.5'],
};

export const FINDING: Finding = {
  id: 'NAT-003',
  severity: 'high',
  summary: HOSTILE,
  detail: HOSTILE,
  at: [
    {
      stack: HOSTILE,
      object: 'inet nat prerouting handle 4',
      text: HOSTILE,
      place: { file: 'shop.yaml', line: 41, column: 5 },
    },
    { stack: 'gw-x', object: `ip ${HOSTILE}`, text: null, place: null },
  ],
  witness: {
    from: HOSTILE,
    source: '2001:db8::9',
    destination: '203.0.113.7',
    protocol: 'tcp',
    sourcePort: 40_000,
    destinationPort: 443,
    ends: HOSTILE,
  },
  about: `vgw-1 203.0.113.7:443/tcp ${HOSTILE}`,
};

export const ROW: LedgerRow = {
  gateway: HOSTILE,
  address: '203.0.113.7',
  protocol: 'tcp',
  ports: '443',
  target: { node: HOSTILE, address: '10.1.1.5', ports: '8443' },
  allowed: [HOSTILE],
  listener: 'none-declared',
  hairpin: 'fails',
  hits: 7,
  through: FINDING.at,
};

export const REPORT: AuditReport = {
  subject: HOSTILE,
  taken: '2026-11-21T18:40:00Z',
  findings: [FINDING, { ...FINDING, severity: 'info', about: 'another' }],
  suppressed: [{ finding: FINDING, by: { finding: 'NAT-003', about: null, reason: HOSTILE, until: '2027-01-01' } }],
  ledger: [ROW, { ...ROW, allowed: null, hits: null, target: { ...ROW.target, node: null } }],
  kinds: [KIND],
  notes: [HOSTILE],
};
