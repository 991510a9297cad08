/**
 * In: the Model. Out: its graph as plain JSON (`graph -f json`, the web map), as a Mermaid chart and in the DOT language. All are made
 * from `graph/topology-graph.ts`, sorted by id, so that one topology always gives the same bytes.
 */
import type { GraphDocument, GraphEdge, GraphNode } from '../flow/graph.ts';
import type { Model } from '../flow/model.ts';
import { publishEdges } from './graph/publish-edges.ts';
import { dotOf } from './graph/dot.ts';
import { edgeFacts, failureFacts, nodeFacts } from './graph/facts.ts';
import { mermaidOf } from './graph/mermaid.ts';
import { placeOf } from './graph/places.ts';
import { pathsOf } from './graph/paths.ts';
import { lookupsOf } from './graph/lookups.ts';
import { singlePoints } from './graph/single-points.ts';
import { topologyGraph } from './graph/topology-graph.ts';
import { compareText } from './report.ts';

/** Of a fabric that everything hangs on, the names of ten thousand guests would be told ten times over. */
const MAX_CUT_OFF = 100;

/** @param nameOf says where the nodes are written as well; it names a file of theirs as those know it who are told. */
export function graphDocument(model: Model, nameOf?: (file: string) => string): GraphDocument {
  const graph = topologyGraph(model);
  const lookups = lookupsOf(model);
  const points = singlePoints(pathsOf(model));
  const nodes = graph.mapNodes((id, node): GraphNode => {
    const cutOff = points.get(id);
    const place = nameOf && placeOf(model, node);
    return {
      id,
      kind: node.kind,
      label: node.label,
      ...(node.parent === null ? {} : { parent: node.parent }),
      ...(cutOff === undefined
        ? {}
        : { singlePointOfFailure: { cutsOff: cutOff.slice(0, MAX_CUT_OFF), count: cutOff.length } }),
      ...(place ? { place: { file: nameOf(place.file), line: place.line, column: place.column } } : {}),
      facts: { ...nodeFacts(model, lookups, node), ...(cutOff === undefined ? {} : failureFacts(cutOff)) },
    };
  });
  const edges = graph.mapEdges((id, edge, source, target): GraphEdge => ({
    id,
    kind: edge.kind,
    source,
    target,
    ...(edge.network === null ? {} : { label: edge.network, network: edge.network }),
    ...(edge.devices.length === 0 ? {} : { devices: edge.devices }),
    facts: edgeFacts(model, edge),
  }));
  return {
    topology: model.topology,
    description: model.description,
    nodes: nodes.sort((a, b) => compareText(a.id, b.id)),
    edges: [...edges, ...publishEdges(model)].sort((a, b) => compareText(a.id, b.id)),
  };
}

export function graphMermaid(model: Model): string {
  return mermaidOf(graphDocument(model));
}

export function graphDot(model: Model): string {
  return dotOf(graphDocument(model));
}
