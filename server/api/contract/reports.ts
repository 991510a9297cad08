import { TopologyParams } from '../schema/common.ts';
import { FlowQuestion, Report } from '../schema/reports.ts';
import type { Operations } from './operation.ts';

/** What verbs of the command line say of a topology on the server: for `--server`. */
export const reportOperations = {
  'GET /api/topologies/:name/reports/check': {
    role: 'view',
    summary: 'What `trunkline check` says: counts, diagnostics with their lines, and whether what it expects is met',
    params: TopologyParams,
    answer: Report,
  },
  'GET /api/topologies/:name/reports/flows': {
    role: 'view',
    summary: 'What `trunkline reach` says, on the hosts as the file wants them',
    params: TopologyParams,
    query: FlowQuestion,
    answer: Report,
  },
} as const satisfies Operations;
