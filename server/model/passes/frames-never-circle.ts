/**
 * In: the resolved hosts and what their bridges carry. Out: nothing; says where frames could go round: out by one port of a
 * bridge, and back by another one, through a fabric or through several and the bridges that join them. Without spanning tree
 * (30 seconds to forwarding) a broadcast then never ends. A bond is one port, and each tag has a topology of its own.
 */
import type { Place } from '../../core/place.ts';
import type { BridgeEntry, Topology } from '../../flow/topology.ts';
import type { Joint, Tag } from '../joints.ts';
import { findJoints, letsThrough, newGroups } from '../joints.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';
import type { Wiring } from './networks-have-one-bridge.ts';

export function checkLoops(topology: Topology, wiring: Wiring, notes: Notes): void {
  for (const host of topology.hosts.values())
    for (const bridge of host.bridges.values()) checkFabricTwice(bridge, notes);
  const joints = findJoints(wiring);
  const tags = new Set<Tag>([null, ...joints.flatMap((joint) => [...(joint.tags ?? [])])]);
  const told = new Set<string>();
  for (const tag of [...tags].sort((a, b) => (a ?? 0) - (b ?? 0))) {
    const wires: Wires = new Map();
    const groups = newGroups();
    for (const joint of joints.filter((each) => letsThrough(each, tag))) {
      const bridge = `bridge ${joint.bridge.name} of host ${joint.host}`;
      for (const { fabric, device, place } of joint.ports) {
        const wire = `fabric ${fabric}`;
        const port = `${device} of ${bridge}`;
        if (groups.join(bridge, wire)) {
          connect(wires, bridge, wire, place);
        } else if (!told.has(port)) {
          told.add(port);
          reportCircle(joint, tag, place, wayBetween(wires, wire, bridge), notes);
        }
      }
    }
  }
}

function checkFabricTwice(bridge: BridgeEntry, notes: Notes): void {
  const seen = new Map<string, { readonly device: string; readonly place: Place }>();
  for (const port of [...bridge.ports].sort((a, b) => byPlace(a.place, b.place))) {
    const other = seen.get(port.fabric);
    if (other === undefined) seen.set(port.fabric, port);
    else if (other.device !== port.device) {
      notes.report(
        'bridge-loop',
        port.place,
        `Ports ${other.device} and ${port.device} of bridge ${bridge.name} both lead into fabric ${port.fabric}; frames would go out by the one, come back by the other and circle without end.`,
        {
          hint: `leave one out, join both in a bond, or say that it leads elsewhere: \`{ ${port.device}: { fabric: NAME } }\``,
          related: [related(other.place, `${other.device} is here`)],
        },
      );
    }
  }
}

/** Bridges and fabrics, each with what it is plugged to and by which port. */
type Wires = Map<string, Map<string, Place>>;

function connect(wires: Wires, bridge: string, fabric: string, place: Place): void {
  for (const [one, other] of [
    [bridge, fabric],
    [fabric, bridge],
  ] as const) {
    const ends = wires.get(one) ?? new Map<string, Place>();
    wires.set(one, ends.set(other, place));
  }
}

interface Stop {
  readonly name: string;
  /** The port that leads to it. */
  readonly port: Place | null;
}

/** The only one there is: nothing was connected that was joined before. */
function wayBetween(wires: Wires, from: string, to: string): readonly Stop[] {
  const cameFrom = new Map<string, Stop>([[from, { name: '', port: null }]]);
  for (const [name] of cameFrom) {
    if (name === to) break;
    for (const [next, port] of wires.get(name) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, { name, port });
  }
  const way: Stop[] = [];
  for (let name = to; name !== '';) {
    const previous = cameFrom.get(name);
    way.unshift({ name, port: previous?.port ?? null });
    name = previous?.name ?? '';
  }
  return way;
}

function reportCircle(joint: Joint, tag: Tag, place: Place, way: readonly Stop[], notes: Notes): void {
  const { host, bridge, networks } = joint;
  const network = [...networks].find(([, each]) => each === tag)?.[0];
  const frames = network === undefined ? 'Frames' : `Frames of network ${network}`;
  const round = way
    .slice(0, -1)
    .map((stop) => stop.name)
    .join(', ');
  notes.report(
    'bridge-loop',
    place,
    `${frames} would circle without end: from bridge ${bridge.name} of host ${host} through ${round} and back.`,
    {
      hint:
        joint.tags === null || network === undefined
          ? 'take a port out of one of these bridges'
          : `take a port out of one of these bridges, or have network ${network} carried by another bridge`,
      related: way.flatMap(({ name, port }) => (port === null ? [] : [related(port, `the port to ${name}`)])),
    },
  );
}
