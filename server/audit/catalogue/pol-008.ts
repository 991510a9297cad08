import type { Chain, Table } from '../../reach/rules/ruleset.ts';
import type { Locus } from '../finding.ts';
import type { AuditedStack, Scene } from '../scene.ts';
import type { FindingRule } from './rule.ts';
import { chainLocus, judged } from './chains.ts';

/** Who reads one of them believes to have read all. */
export const POL_008: FindingRule = {
  id: 'POL-008',
  name: 'Two firewalls active',
  severity: 'medium',
  definition:
    "The kernel's older tables (iptables-legacy) and nftables (also by iptables-nft) both hold rules for the same family, or a policy that is not accept: packets pass both, and each tool shows only its own.",
  fix: 'Move the rules of the one into the other (`iptables-legacy-save`, `iptables-translate`), then flush it and set its policies to ACCEPT.',
  standards: ['CIS Debian Linux 4.1.1'],
  *find({ scene }) {
    for (const on of judged({ scene })) {
      for (const family of ['ip', 'ip6'] as const) {
        const legacy = inUse(scene, on, (each) => each.dialect === 'iptables-legacy' && each.family === family);
        const nft = inUse(
          scene,
          on,
          (each) => each.dialect !== 'iptables-legacy' && (each.family === family || each.family === 'inet'),
        );
        if (legacy.length === 0 || nft.length === 0) continue;
        const version = family === 'ip' ? 'IPv4' : 'IPv6';
        yield {
          summary: `${on.stack.node} filters ${version} with iptables-legacy and with nftables at the same time`,
          detail: `iptables-legacy decides in ${String(legacy.length)} chain${legacy.length === 1 ? '' : 's'}, nftables in ${String(nft.length)}.`,
          at: [...legacy.slice(0, SHOWN), ...nft.slice(0, SHOWN)],
          witness: null,
          about: `${on.stack.node} ${version}`,
        };
      }
    }
  },
};

const SHOWN = 3;

/** Chains that the kernel calls and that say something. */
function inUse(scene: Scene, on: AuditedStack, counts: (table: Table) => boolean): readonly Locus[] {
  return on.rules.tables
    .filter((table) => !table.dormant && counts(table))
    .flatMap((table) =>
      [...table.chains.values()]
        .filter(decides)
        .map((chain) => ({ ...chainLocus(scene, on, { table, chain }), text: `${String(chain.rules.length)} rules` })),
    );
}

function decides({ base, rules }: Chain): boolean {
  return base !== null && (rules.length > 0 || base.policy === 'drop');
}
