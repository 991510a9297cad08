/**
 * In: the Model. Out: its graph as plain JSON (`graph -f json`, the web map) and as a Mermaid chart. Both are made from
 * `graph/topology-graph.ts`, sorted by id, so that one topology always gives the same bytes.
 */
import type { GraphDocument, GraphEdge, GraphNode } from '../flow/graph.ts';
import type { Model } from '../flow/model.ts';
import { edgeFacts, nodeFacts } from './graph/facts.ts';
import { mermaidOf } from './graph/mermaid.ts';
import { indexPolicy } from './graph/policy-index.ts';
import { topologyGraph } from './graph/topology-graph.ts';
import { compareText } from './report.ts';

export function graphDocument(model: Model): GraphDocument {
  const graph = topologyGraph(model);
  const policy = indexPolicy(model);
  const nodes = graph.mapNodes((id, node): GraphNode => ({
    id,
    kind: node.kind,
    label: node.label,
    ...(node.parent === null ? {} : { parent: node.parent }),
    facts: nodeFacts(model, policy, node),
  }));
  const edges = graph.mapEdges((id, edge, source, target): GraphEdge => ({
    id,
    kind: edge.kind,
    source,
    target,
    ...(edge.network === null ? {} : { label: edge.network, network: edge.network }),
    facts: edgeFacts(model, edge),
  }));
  return {
    topology: model.topology,
    description: model.description,
    nodes: nodes.sort((a, b) => compareText(a.id, b.id)),
    edges: edges.sort((a, b) => compareText(a.id, b.id)),
  };
}

export function graphMermaid(model: Model): string {
  return mermaidOf(graphDocument(model));
}
