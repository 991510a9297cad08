import { z } from 'zod';
import type { GraphDocument } from '../../flow/graph.ts';
import type { Same } from './same.ts';

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
    place: z.object({ file: z.string(), line: z.number(), column: z.number() }).readonly().exactOptional(),
    facts: Facts,
  })
  .readonly();

const GraphEdge = z
  .object({
    id: z.string(),
    kind: z.enum([
      'uplink',
      'wire',
      'carries',
      'attached',
      'nic',
      'member',
      'tunnel',
      'underlay',
      'beyond',
      'publishes',
    ]),
    source: z.string(),
    target: z.string(),
    label: z.string().exactOptional(),
    network: z.string().exactOptional(),
    devices: z.array(z.string()).readonly().exactOptional(),
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

// The shape above and the value of the product must not drift apart.
export const graphFits: Same<z.infer<typeof Graph>, GraphDocument> = true;
