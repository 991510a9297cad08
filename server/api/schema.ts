/**
 * The documents that the API answers with. Each schema has a type of the same name; the web imports the types only.
 * Every document has `formatVersion` and `diagnostics`, and `failure` where it failed, as on the command line.
 */
import { z } from 'zod';
import type { Diagnostic as DiagnosticValue } from '../core/diagnostic.ts';
import type { FailureDocument } from '../core/failure.ts';
import type { GraphDocument } from '../flow/graph.ts';

const Place = z.object({ file: z.string(), line: z.number(), column: z.number() });

export const Diagnostic = Place.extend({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  summary: z.string(),
  detail: z.string(),
  hint: z.string().nullable(),
  related: z.array(Place.extend({ message: z.string() }).readonly()).readonly(),
}).readonly();
export type Diagnostic = z.infer<typeof Diagnostic>;

const Facts = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string()).readonly()])).readonly();

const GraphNode = z
  .object({
    id: z.string(),
    kind: z.enum(['host', 'bridge', 'port', 'network', 'guest', 'gateway', 'fabric', 'internet']),
    label: z.string(),
    parent: z.string().exactOptional(),
    singlePointOfFailure: z
      .object({ cutsOff: z.array(z.string()).readonly(), count: z.number() })
      .readonly()
      .exactOptional(),
    facts: Facts,
  })
  .readonly();

const GraphEdge = z
  .object({
    id: z.string(),
    kind: z.enum(['uplink', 'wire', 'carries', 'attached', 'nic', 'member', 'tunnel', 'underlay', 'beyond']),
    source: z.string(),
    target: z.string(),
    label: z.string().exactOptional(),
    network: z.string().exactOptional(),
    facts: Facts,
  })
  .readonly();

export const Graph = z
  .object({
    topology: z.string(),
    description: z.string().nullable(),
    nodes: z.array(GraphNode).readonly(),
    edges: z.array(GraphEdge).readonly(),
  })
  .readonly();

const Failed = z
  .object({
    kind: z.string(),
    summary: z.string(),
    detail: z.string().nullable(),
    inPlace: z.array(z.string()).readonly(),
    undone: z.array(z.string()).readonly(),
    toDo: z.array(z.string()).readonly(),
  })
  .readonly();

const document = { formatVersion: z.literal(1), diagnostics: z.array(Diagnostic).readonly() };

/** One topology file of the folder. `name` is how the API calls it: its path in the folder. */
export const TopologyEntry = z
  .object({
    name: z.string(),
    topology: z.string().nullable(),
    description: z.string().nullable(),
    ok: z.boolean(),
    errors: z.number(),
    warnings: z.number(),
  })
  .readonly();
export type TopologyEntry = z.infer<typeof TopologyEntry>;

export const TopologyList = z.object({ ...document, topologies: z.array(TopologyEntry).readonly() }).readonly();
export type TopologyList = z.infer<typeof TopologyList>;

/** `graph` is `null` where the file is wrong: the diagnostics say how. */
export const TopologyGraph = z.object({ ...document, graph: Graph.nullable() }).readonly();
export type TopologyGraph = z.infer<typeof TopologyGraph>;

export const TopologyDiagnostics = z.object({ ...document, ok: z.boolean() }).readonly();
export type TopologyDiagnostics = z.infer<typeof TopologyDiagnostics>;

/** `from`: a node, `internet` or an address; `to`: `db1:5432/tcp`, `192.0.2.10/icmp`; `without`: hosts that are down. */
export const PacketQuestion = z.object({
  from: z.string().min(1).max(256),
  to: z.string().min(1).max(256),
  without: z.union([z.string().max(256), z.array(z.string().max(256)).max(64)]).optional(),
});

/** What decides: a rule with the line of the file that it comes from, a route, or a setting. */
const DecidedBy = z.object({ text: z.string(), file: z.string().nullable(), line: z.number().nullable() }).readonly();
export type DecidedBy = z.infer<typeof DecidedBy>;

/** `null`: more than one value is possible there. */
const PacketView = z
  .object({
    family: z.union([z.literal(4), z.literal(6)]),
    protocol: z.string(),
    source: z.string().nullable(),
    sourcePort: z.number().nullable(),
    destination: z.string().nullable(),
    destinationPort: z.number().nullable(),
  })
  .readonly();
export type PacketView = z.infer<typeof PacketView>;

const HopAction = z.enum([
  'sends',
  'accepts',
  'translates',
  'forwards',
  'switches',
  'delivers',
  'drops',
  'rejects',
  'stops',
  'unknown',
]);

/** `on` is the id of the node of the graph that it happens on. */
const PacketHop = z
  .object({
    node: z.string(),
    on: z.string(),
    interface: z.string().nullable(),
    action: HopAction,
    by: DecidedBy.nullable(),
    packet: PacketView,
    note: z.string().nullable(),
  })
  .readonly();
export type PacketHop = z.infer<typeof PacketHop>;

const Verdict = z.enum(['delivered', 'dropped', 'rejected', 'no-route', 'loop', 'not-listening', 'unknown']);

/** One for each address family that both ends have. */
const PacketAnswer = z
  .object({
    family: z.union([z.literal(4), z.literal(6)]),
    protocol: z.string(),
    from: z.object({ node: z.string(), address: z.string() }).readonly(),
    to: z.object({ node: z.string().nullable(), address: z.string(), port: z.number().nullable() }).readonly(),
    verdict: Verdict,
    why: z.string(),
    by: DecidedBy.nullable(),
    hops: z.array(PacketHop).readonly(),
    reply: z
      .object({ verdict: Verdict, hops: z.array(PacketHop).readonly() })
      .readonly()
      .nullable(),
    doubts: z.array(z.string()).readonly(),
  })
  .readonly();
export type PacketAnswer = z.infer<typeof PacketAnswer>;

export const PacketAnswers = z
  .object({
    ...document,
    from: z.string(),
    to: z.string(),
    without: z.array(z.string()).readonly(),
    answers: z.array(PacketAnswer).readonly(),
  })
  .readonly();
export type PacketAnswers = z.infer<typeof PacketAnswers>;

export const Health = z.object({ ...document, status: z.literal('ok') }).readonly();
export type Health = z.infer<typeof Health>;

export const FailureAnswer = z.object({ ...document, failure: Failed }).readonly();
export type FailureAnswer = z.infer<typeof FailureAnswer>;

export const TopologyParams = z.object({ name: z.string().max(512) });

// The shapes above and the values of the product must not drift apart.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
export const schemasFit: readonly [
  Same<z.infer<typeof Graph>, GraphDocument>,
  DiagnosticValue extends Diagnostic ? true : false,
  FailureDocument extends z.infer<typeof Failed> ? true : false,
] = [true, true, true];
