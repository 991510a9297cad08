/**
 * In: the bridges of all hosts and what each carries. Out: the joints, which are bridges with ports in several fabrics, and for
 * every tag which fabrics they make one. A VLAN-aware bridge lets through the tags that it carries and nothing else; a plain one
 * knows no tags and lets through everything (bridge(8), `vlan_filtering`).
 */
import type { BridgeEntry, BridgePortEntry } from '../flow/topology.ts';
import type { Wiring } from './passes/networks-have-one-bridge.ts';
import { compareText } from './report.ts';

/** VLAN id on the wire; `null` for frames without a tag. */
export type Tag = number | null;

export interface Joint {
  readonly host: string;
  readonly bridge: BridgeEntry;
  /** One for each fabric, in order of its name. */
  readonly ports: readonly BridgePortEntry[];
  /** `null`: every tag. */
  readonly tags: ReadonlySet<Tag> | null;
  /** Carried network → its tag. */
  readonly networks: ReadonlyMap<string, Tag>;
}

/** In order of host and bridge, so that no order of keys matters. */
export function findJoints(wiring: Wiring): readonly Joint[] {
  return [...wiring]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([host, { bridges }]) =>
      bridges.flatMap(({ entry, vlanAware, carries }): Joint[] => {
        const ports = onePerFabric(entry.ports);
        if (ports.length < 2) return [];
        const networks = new Map(carries.map(({ network, vid, tagged }) => [network, tagged ? vid : null] as const));
        return [{ host, bridge: entry, ports, tags: vlanAware ? new Set(networks.values()) : null, networks }];
      }),
    );
}

export function letsThrough(joint: Joint, tag: Tag): boolean {
  return joint.tags === null || joint.tags.has(tag);
}

function onePerFabric(ports: readonly BridgePortEntry[]): readonly BridgePortEntry[] {
  const byFabric = new Map<string, BridgePortEntry>();
  for (const port of [...ports].sort((a, b) => compareText(a.device, b.device)))
    if (!byFabric.has(port.fabric)) byFabric.set(port.fabric, port);
  return [...byFabric.values()].sort((a, b) => compareText(a.fabric, b.fabric));
}

/** Answers for a tag and a fabric the one fabric that stands for all that are joined with it. */
export function joinedFabrics(joints: readonly Joint[]): (tag: Tag, fabric: string) => string {
  const everything = joints.filter((joint) => joint.tags === null);
  const byTag = new Map<Tag, Joint[]>();
  for (const joint of joints) {
    for (const tag of joint.tags ?? []) {
      const list = byTag.get(tag);
      if (list === undefined) byTag.set(tag, [joint]);
      else list.push(joint);
    }
  }
  const groups = new Map<Tag, Groups>();
  return (tag, fabric) => {
    let found = groups.get(tag);
    if (found === undefined) {
      found = newGroups();
      for (const { ports } of [...everything, ...(byTag.get(tag) ?? [])])
        for (const port of ports) found.join(ports[0]?.fabric ?? port.fabric, port.fabric);
      groups.set(tag, found);
    }
    return found.of(fabric);
  };
}

/** Disjoint sets of names. */
export interface Groups {
  /** The name that stands for the set. */
  readonly of: (name: string) => string;
  /** Answers false where the two were in one set before. */
  readonly join: (one: string, other: string) => boolean;
}

export function newGroups(): Groups {
  const parents = new Map<string, string>();
  const of = (name: string): string => {
    let root = name;
    for (let up = parents.get(root); up !== undefined; up = parents.get(root)) root = up;
    // The way up is made short, or a chain of a thousand fabrics would be walked a thousand times.
    for (let at = name; at !== root;) {
      const up = parents.get(at) ?? root;
      parents.set(at, root);
      at = up;
    }
    return root;
  };
  const join = (one: string, other: string): boolean => {
    const [low, high] = [of(one), of(other)].sort();
    if (low === undefined || high === undefined || low === high) return false;
    parents.set(high, low);
    return true;
  };
  return { of, join };
}
