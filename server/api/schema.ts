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
