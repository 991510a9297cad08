import { Chart, ChartQuestion } from '../schema/chart.ts';
import { TopologyParams } from '../schema/common.ts';
import { PacketAnswers, PacketQuestion } from '../schema/packet.ts';
import { TopologyDiagnostics, TopologyGraph, TopologyList } from '../schema/topologies.ts';
import type { Operations } from './operation.ts';

export const topologyOperations = {
  'GET /api/topologies': {
    role: 'view',
    looksAtTopology: true,
    summary: 'The topologies of the folder, and whether each can be used',
    answer: TopologyList,
  },
  'GET /api/topologies/:name/graph': {
    role: 'view',
    summary: 'Hosts, networks, guests and gateways of a topology, as the map draws them',
    params: TopologyParams,
    answer: TopologyGraph,
  },
  'GET /api/topologies/:name/chart': {
    role: 'view',
    summary: 'The graph of a topology as a Mermaid chart or in the DOT language',
    params: TopologyParams,
    query: ChartQuestion,
    answer: Chart,
  },
  'GET /api/topologies/:name/diagnostics': {
    role: 'view',
    summary: 'What is wrong or doubtful about a topology',
    params: TopologyParams,
    answer: TopologyDiagnostics,
  },
  'GET /api/topologies/:name/reach': {
    role: 'view',
    summary: 'One packet and its answer, hop by hop, on the hosts as the file wants them',
    params: TopologyParams,
    query: PacketQuestion,
    answer: PacketAnswers,
  },
} as const satisfies Operations;
