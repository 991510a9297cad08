/**
 * In: a plan document and the graph of what is planned. Out: what the plan does to each thing on the map, and what it takes away that
 * the map no longer has. Pure.
 */
import type { GraphDocument, GraphEdge, GraphNode } from '../../../server/flow/graph.ts';
import type { ShownPlan, ShownStep } from '../../../server/flow/plan.ts';
import type { Resource } from '../../../server/flow/resource.ts';
import type { Mark } from '../../map/overlay.ts';

export interface PlanMarks {
  /** By the id of a node or edge of the graph. */
  readonly marks: ReadonlyMap<string, Mark>;
  /** Removed, and not on the map. */
  readonly gone: readonly Gone[];
}

export interface Gone {
  readonly host: string;
  /** `veth pmail-jz4mc5 (port of br-lan) to mail-jz4mc5` */
  readonly title: string;
  readonly cost: ShownStep['cost'];
}

/** Their resources are what something on the map is made of; those of other kinds are settings of it. */
const MAKING: ReadonlySet<string> = new Set(['bridge', 'bond', 'netns', 'port', 'veth', 'vlan', 'vxlan']);

/** Edges that nothing is made of: they follow the ends that they lie between. */
const FOLLOWING: ReadonlySet<GraphEdge['kind']> = new Set(['carries', 'uplink', 'wire', 'member']);

export function marksOfPlan(plan: Pick<ShownPlan, 'topology' | 'hosts'>, graph: GraphDocument): PlanMarks {
  const index = indexOf(plan.topology, graph);
  const told = new Map<string, Told[]>();
  const gone: Gone[] = [];
  for (const { host, steps } of plan.hosts) {
    for (const step of steps) {
      if (!step.first && step.cutsFlowsIn === undefined) continue;
      const subjects = subjectsOf(index, host, step);
      for (const id of subjects) told.set(id, [...(told.get(id) ?? []), toldBy(step)]);
      if (subjects.length === 0 && step.action === 'remove' && MAKING.has(step.kind))
        gone.push({ host, title: step.title, cost: step.cost });
    }
  }
  const marks = new Map<string, Mark>();
  for (const [id, all] of told) marks.set(id, markOf(all));
  markOwners(graph, marks);
  markFollowing(graph, marks);
  markNetworks(graph, marks);
  return { marks, gone };
}

/** What one step says of a thing. */
interface Told {
  readonly action: ShownStep['action'];
  readonly makes: boolean;
  readonly interrupts: boolean;
}

function toldBy({ action, kind, cost, cutsFlowsIn }: ShownStep): Told {
  const interrupts = cutsFlowsIn !== undefined || (action !== 'add' && cost !== 'hitless');
  return { action, makes: MAKING.has(kind) && cutsFlowsIn === undefined, interrupts };
}

function markOf(told: readonly Told[]): Mark {
  const making = told.filter(({ makes }) => makes);
  const all = (action: Told['action']): boolean => making.length > 0 && making.every((each) => each.action === action);
  if (all('add')) return 'added';
  if (all('remove')) return 'removed';
  return told.some(({ interrupts }) => interrupts) ? 'interrupted' : 'changed';
}

interface Index {
  readonly topology: string;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Ids of edges by `HOST/DEVICE`. */
  readonly byDevice: ReadonlyMap<string, readonly string[]>;
  /** Ids of edges between a gateway and its network, by `GATEWAY NETWORK`. */
  readonly members: ReadonlyMap<string, string>;
}

function indexOf(topology: string, { nodes, edges }: GraphDocument): Index {
  const byDevice = new Map<string, string[]>();
  const members = new Map<string, string>();
  for (const { id, kind, source, network, devices = [] } of edges) {
    for (const device of devices) byDevice.set(device, [...(byDevice.get(device) ?? []), id]);
    if (kind === 'member' && network !== undefined) members.set(`${source} ${network}`, id);
  }
  return { topology, nodes: new Map(nodes.map((node) => [node.id, node])), byDevice, members };
}

/** Ids of what the resource of a step belongs to. */
function subjectsOf(index: Index, host: string, step: ShownStep): readonly string[] {
  // What borrowed things were like is kept beside them, and is nothing of its own.
  if (step.kind === 'record') return [];
  const resource = step.after ?? step.before;
  const scope = step.cutsFlowsIn ?? resource?.scope ?? '';
  if (step.kind === 'netns' && resource !== null) return gatewayOf(index, textOf(resource, 'name') ?? '');
  if (scope !== '') {
    const gateway = gatewayOf(index, scope);
    const device = resource === null ? undefined : deviceOf(resource);
    const member = device === undefined ? undefined : index.members.get(`${gateway[0] ?? ''} ${device}`);
    return [...gateway, ...(member === undefined ? [] : [member])];
  }
  const device = resource === null ? undefined : deviceOf(resource);
  if (device === undefined) return known(index, `host:${host}`);
  const found = [
    ...(index.byDevice.get(`${host}/${device}`) ?? []),
    ...known(index, `bridge:${host}/${device}`),
    ...known(index, `port:${host}/${device}`),
  ];
  // A tunnel nobody else is at yet has no edge: its bridge stands for it.
  const bridge = resource === null || step.kind !== 'vxlan' ? undefined : textOf(resource, 'bridge');
  return found.length > 0 || bridge === undefined ? found : known(index, `bridge:${host}/${bridge}`);
}

function known({ nodes }: Index, id: string): readonly string[] {
  return nodes.has(id) ? [id] : [];
}

/** A namespace is called as the topology and the gateway in it. */
function gatewayOf(index: Index, namespace: string): readonly string[] {
  const begin = `${index.topology}-`;
  return namespace.startsWith(begin) ? known(index, `gateway:${namespace.slice(begin.length)}`) : [];
}

/** Of a setting, by its path: `net/ipv6/conf/pweb-k3v2qa/disable_ipv6`. */
function deviceOf(resource: Resource): string | undefined {
  const [, named] = /^net\/ipv[46]\/conf\/([^/]+)\//.exec(textOf(resource, 'path') ?? '') ?? [];
  if (named !== undefined) return named === 'all' || named === 'default' ? undefined : named;
  return textOf(resource, 'device');
}

function textOf(resource: Resource, field: string): string | undefined {
  const value: unknown = Object.hasOwn(resource, field)
    ? (resource as unknown as Record<string, unknown>)[field]
    : null;
  return typeof value === 'string' ? value : undefined;
}

/** A guest or gateway is new where all it hangs on is, and is changed with any of that. */
function markOwners({ nodes, edges }: GraphDocument, marks: Map<string, Mark>): void {
  const attached = Map.groupBy(
    edges.filter(({ kind }) => kind === 'attached'),
    ({ source, target }) => (source.startsWith('bridge:') ? target : source),
  );
  for (const { id, kind } of nodes) {
    if (kind !== 'guest' && kind !== 'gateway') continue;
    const own = (attached.get(id) ?? []).map((edge) => marks.get(edge.id));
    const before = marks.get(id);
    if (own.length > 0 && own.every((each) => each === 'added')) marks.set(id, 'added');
    else if (before === 'interrupted' || own.includes('interrupted')) marks.set(id, 'interrupted');
    else if (before !== undefined || own.some((each) => each !== undefined)) marks.set(id, 'changed');
  }
}

function markFollowing({ edges }: GraphDocument, marks: Map<string, Mark>): void {
  const attached = edges.filter(({ kind, network }) => kind === 'attached' && network !== undefined);
  const byMember = new Map(
    attached.flatMap(({ id, source, target, network = '' }) => {
      const mark = marks.get(id);
      const owner = source.startsWith('bridge:') ? target : source;
      return mark === undefined ? [] : [[`${owner} ${network}`, mark] as const];
    }),
  );
  for (const { id, kind, source, target, network } of edges) {
    if (!FOLLOWING.has(kind) || marks.get(id) === 'interrupted') continue;
    const ends = [source, target].map((end) => marks.get(end));
    const member = kind === 'member' ? byMember.get(`${source} ${network ?? ''}`) : undefined;
    const mark =
      kind === 'member' ? member : ends.includes('added') ? 'added' : ends.find((each) => each !== undefined);
    if (mark !== undefined && (kind !== 'carries' || mark === 'added')) marks.set(id, mark);
  }
}

/** A network is new where all that is on it is. */
function markNetworks({ nodes, edges }: GraphDocument, marks: Map<string, Mark>): void {
  for (const { id, kind } of nodes) {
    if (kind !== 'network') continue;
    const on = edges.filter(
      (edge) => (edge.source === id || edge.target === id) && ['carries', 'member', 'nic'].includes(edge.kind),
    );
    if (on.length > 0 && on.every((edge) => marks.get(edge.id) === 'added')) marks.set(id, 'added');
  }
}
