import type { Lab } from '../lab/index.ts';

export interface ShownNode {
  readonly name: string;
  readonly kind: string;
  readonly pid: number;
}

/** Nodes that commands can run in; a gateway member has the process of its host. */
export function shownNodes(lab: Lab): readonly ShownNode[] {
  const nodes = [...lab.nodes.values()]
    .filter((node) => node.kind !== 'wire')
    .map(({ name, kind, pid }) => ({ name, kind, pid }));
  const members = Object.entries(lab.members).map(([name, { host }]) => ({
    name,
    kind: 'gateway',
    pid: lab.nodes.get(host)?.pid ?? 0,
  }));
  return [...nodes, ...members.filter((member) => member.pid > 0)];
}
