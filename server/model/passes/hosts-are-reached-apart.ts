/**
 * In: the hosts and how each is reached. Out: nothing; warns of two that are reached in the same way: they are one machine,
 * whose bridges and guests would get into each other's way. In the lab every host is a machine of its own all the same.
 */
import { canonicalJson } from '../../core/json.ts';
import type { HostEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';

export function checkAccess(topology: Topology, notes: Notes): void {
  const first = new Map<string, HostEntry>();
  for (const host of [...topology.hosts.values()].sort((a, b) => byPlace(a.place, b.place))) {
    const key = canonicalJson(host.access.value);
    const other = first.get(key);
    if (other === undefined) first.set(key, host);
    else {
      notes.report(
        'access-twice',
        host.access.place,
        `Host ${host.name} is reached in the same way as host ${other.name}, so both are one machine outside the lab.`,
        {
          hint: 'give each host its own `access`',
          related: [related(other.access.place, `host ${other.name} is reached here`)],
        },
      );
    }
  }
}
