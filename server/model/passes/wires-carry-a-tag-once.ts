/**
 * In: the networks on each wire. Out: nothing; says where two of them would be one there: with the same VLAN id, or both
 * untagged.
 */
import type { Transport } from '../../flow/model.ts';
import type { NetworkEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';
import type { Wires } from '../wires.ts';
import { isCable } from '../wires.ts';

export function checkTags(
  topology: Topology,
  transports: ReadonlyMap<string, Transport>,
  wires: Wires,
  notes: Notes,
): void {
  const reported = new Set<string>();
  for (const [wire, names] of wires.networksByWire) {
    const networks = [...names]
      .flatMap((name) => topology.networks.get(name) ?? [])
      .sort((a, b) => byPlace(a.place, b.place));
    const first = new Map<number | 'untagged', NetworkEntry>();
    for (const network of networks) {
      const transport = transports.get(network.name);
      if (transport === undefined || transport.type === 'vxlan') continue;
      const tag = transport.type === 'vlan' ? transport.id : 'untagged';
      // Inside one bridge untagged networks are kept apart by ids of ours; only on a cable do they look the same.
      if (tag === 'untagged' && !isCable(wire)) continue;
      const other = first.get(tag);
      if (other === undefined) first.set(tag, network);
      else if (!reported.has(`${other.name}/${network.name}`)) {
        reported.add(`${other.name}/${network.name}`);
        reportPair(other, network, tag, wire, notes);
      }
    }
  }
}

function reportPair(
  first: NetworkEntry,
  second: NetworkEntry,
  tag: number | 'untagged',
  wire: string,
  notes: Notes,
): void {
  const also = [related(first.vlan?.place ?? first.place, `network ${first.name} is here`)];
  if (tag === 'untagged') {
    notes.report(
      'untagged-twice',
      second.place,
      `Networks ${first.name} and ${second.name} are both untagged on ${wire}; their frames look alike there, so the two would be one network.`,
      {
        hint: 'give one of them a `vlan`, or its port a fabric of its own: `ports: [{ eno2: { fabric: NAME } }]`',
        related: also,
      },
    );
    return;
  }
  notes.report(
    'vlan-twice',
    second.vlan?.place ?? second.place,
    `VLAN ${String(tag)} is that of network ${first.name} on ${wire} already; with one id there the two would be one network.`,
    { hint: 'choose a free id, or give the ports fabrics of their own', related: also },
  );
}
