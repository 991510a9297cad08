import type { AuditedStack, Scene } from '../scene.ts';
import type { FindingRule } from './rule.ts';

/** It looks open, and is not; or somebody will open it without knowing. */
export const NAT_002: FindingRule = {
  id: 'NAT-002',
  name: 'Port forward without a filter path',
  severity: 'medium',
  definition: 'A port is forwarded, and the filters of the same host let nobody use it.',
  fix: 'Accept it at forward (`ct status dnat accept`, or the port behind the translation), or remove the port forward.',
  *find({ scene, ledger }) {
    for (const { row, mapping, on } of ledger) {
      if (row.allowed?.length !== 0 || mapping.to.type === 'unknown' || isElsewhere(scene, on, row.address)) continue;
      yield {
        summary: `${row.gateway} forwards ${row.address}:${row.ports}/${row.protocol} to ${row.target.address}, and lets nobody use it`,
        detail: '',
        at: row.through,
        witness: null,
        about: `${row.gateway} ${row.address}:${row.ports}/${row.protocol} ${row.target.address}`,
      };
    }
  },
};

/** Somebody else has the address for now: the master of a cluster, whose other members only wait. */
function isElsewhere({ owners }: Scene, { stack }: AuditedStack, address: string): boolean {
  const having = owners.get(address) ?? [];
  return having.length > 0 && having.every((each) => each.stack.id !== stack.id);
}

/** The inventory of what is published to everybody. */
export const NAT_005: FindingRule = {
  id: 'NAT-005',
  name: 'Forward without source limit',
  severity: 'info',
  definition: 'A forwarded port is open to the whole internet.',
  fix: 'Where only some need it, name them: `ip saddr @partners`.',
  standards: ['PCI DSS 4.0 1.2.5'],
  *find({ ledger }) {
    for (const { row } of ledger) {
      if (row.allowed?.includes('internet') !== true) continue;
      const target = row.target.node ?? row.target.address;
      yield {
        summary: `${row.gateway} forwards ${row.address}:${row.ports}/${row.protocol} to ${target} for the whole internet`,
        detail: '',
        at: row.through,
        witness: null,
        about: `${row.gateway} ${row.address}:${row.ports}/${row.protocol} ${row.target.address}`,
      };
    }
  },
};
