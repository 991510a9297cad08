import { z } from 'zod';
import { document } from './common.ts';
import { Graph } from './graph.ts';

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
