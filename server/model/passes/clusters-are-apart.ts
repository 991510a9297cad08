/**
 * In: the resolved topology. Out: nothing but diagnostics: a cluster whose members share a host falls with it, and settings for
 * taking over mean nothing to a gateway that nobody takes over from.
 */
import type { GatewayEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { related } from '../report.ts';

export function checkClusters(topology: Topology, notes: Notes): void {
  for (const gateway of topology.gateways.values()) {
    reportShared(gateway, notes);
    const hosts = new Set(gateway.on.map((each) => each.value));
    // Where a host was refused it may have been the second one.
    if (gateway.failover === null || hosts.size !== 1 || notes.doubtful.has(gateway.name)) continue;
    if (gateway.on.length > 1) continue;
    notes.report(
      'failover-alone',
      gateway.failover.place,
      `Gateway ${gateway.name} runs on ${[...hosts].join('')} only, so nobody takes over from it.`,
      { hint: 'add a second host to `on`, or remove `failover`' },
    );
  }
}

function reportShared(gateway: GatewayEntry, notes: Notes): void {
  const first = new Map<string, GatewayEntry['on'][number]>();
  for (const each of gateway.on) {
    const other = first.get(each.value);
    if (other === undefined) {
      first.set(each.value, each);
      continue;
    }
    notes.report(
      'cluster-shares-host',
      each.place,
      `Host ${each.value} stands twice among the members of gateway ${gateway.name}: they would fall together, and take each other's addresses.`,
      {
        hint: 'name another host, or remove it here',
        related: [related(other.place, 'first named here')],
      },
    );
  }
}
