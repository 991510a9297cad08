/** Rules by the hundred thousand, as an old firewall may hold them: an answer that says what it cannot say, and no crash. */
import { expect, it } from 'vitest';
import { audit } from '../../server/audit/audit.ts';
import { CATALOGUE } from '../../server/audit/catalogue/index.ts';
import type { AuditReport } from '../../server/audit/report.ts';
import { sceneOf } from '../../server/audit/scene.ts';
import { readSnapshot } from '../../server/observe/read-snapshot.ts';
import type { SnapshotFolder } from '../../server/observe/snapshot.ts';
import { lookAt } from '../../server/run/audited.ts';
import { field, folderOf, is, ROUTER_LINKS, ROUTER_ROUTES } from '../import/support/folder.ts';

const BYTES = 50_000_000;
const IN = { family: 'inet', table: 't' };

const addressOf = (number: number): string => [16, 8, 0].map((shift) => (number >> shift) & 255).join('.');

function listedRules(): readonly object[] {
  const rule = (number: number): object => ({
    rule: {
      ...IN,
      ...{ chain: 'c', handle: number + 10 },
      expr: [
        is(field('ip', 'saddr'), `10.${addressOf(number)}`),
        is(field('tcp', 'dport'), (number % 65_000) + 1),
        { counter: { packets: number, bytes: number * 60 } },
        { accept: null },
      ],
    },
  });
  const count = Math.ceil(BYTES / JSON.stringify(rule(100_000)).length);
  return [
    { table: { family: 'inet', name: 't', handle: 1 } },
    { chain: { ...IN, name: 'c', handle: 2, type: 'filter', hook: 'forward', prio: 0, policy: 'drop' } },
    ...Array.from({ length: count }, (_, index) => rule(index + 1)),
  ];
}

function savedRules(): string {
  const rule = (number: number): string =>
    `-A FORWARD -s 10.${addressOf(number)}/32 -p tcp -m tcp --dport ${String((number % 65_000) + 1)} -m comment --comment "for customer ${String(number).padStart(8, '0')} until further notice" -j ACCEPT`;
  const count = Math.ceil(BYTES / rule(100_000).length);
  return [
    ...['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]'],
    ...Array.from({ length: count }, (_, index) => rule(index + 1)),
    ...['COMMIT', ''],
  ].join('\n');
}

const router = { links: ROUTER_LINKS, routes4: ROUTER_ROUTES };

function report(folder: SnapshotFolder): AuditReport {
  const hosts = [{ name: 'box', snapshot: readSnapshot(folder) }];
  const options = { subject: 'box', taken: '2026-11-21T00:00:00Z', accepted: [], kinds: CATALOGUE };
  return audit(sceneOf(lookAt(hosts, null)), options);
}

it.each([
  ['nft lists', (): SnapshotFolder => folderOf({ ...router, nft: listedRules() })],
  [
    'iptables-save prints',
    (): SnapshotFolder => folderOf({ ...router, iptables: { 'iptables-legacy.txt': savedRules() } }),
  ],
])(
  '50 MB of rules that %s are read, and what they are too many for is said',
  (_, folder) => {
    const { notes, findings } = report(folder());
    expect(notes.join('\n')).toMatch(/box: its rules are too many to say what passes in IPv4/);
    // What needs no sets is found all the same.
    expect(findings.map(({ id }) => id)).toContain('POL-005');
  },
  120_000,
);
