import { z } from 'zod';
import { AuditAnswer, CsvQuestion, FoundQuestion, NewSuppression, SuppressionAnswer } from '../schema/audit.ts';
import { TopologyParams } from '../schema/common.ts';
import { PolicyAnswer } from '../schema/policy.ts';
import { RehearsalAnswer, RehearsalQuestion, WorstAnswer } from '../schema/rehearsal.ts';
import type { Operations } from './operation.ts';

export const auditOperations = {
  'GET /api/topologies/:name/audit': {
    role: 'view',
    summary: 'The port-mapping ledger and the findings, on the hosts as the file wants them',
    params: TopologyParams,
    answer: AuditAnswer,
  },
  'POST /api/topologies/:name/audit': {
    role: 'plan',
    summary: 'The same of the hosts as they are: reads them, and changes nothing',
    params: TopologyParams,
    body: FoundQuestion,
    answer: AuditAnswer,
  },
  'GET /api/topologies/:name/audit/csv': {
    role: 'view',
    summary: 'The ledger or the findings for a spreadsheet (text/csv)',
    params: TopologyParams,
    query: CsvQuestion,
    answer: z.string(),
  },
  'POST /api/topologies/:name/suppressions': {
    role: 'plan',
    summary: 'Accepts a finding until a day, with the reason, in the file beside the topology',
    params: TopologyParams,
    body: NewSuppression,
    answer: SuppressionAnswer,
  },
  'GET /api/topologies/:name/policy': {
    role: 'view',
    summary: 'Who can reach whom: networks, internet and gateways, with the rules that let it',
    params: TopologyParams,
    answer: PolicyAnswer,
  },
  'GET /api/topologies/:name/without': {
    role: 'view',
    summary: 'What is lost while hosts are down, and what takes over',
    params: TopologyParams,
    query: RehearsalQuestion,
    answer: RehearsalAnswer,
  },
  'GET /api/topologies/:name/without/worst': {
    role: 'view',
    summary: 'Which host, or pair of hosts, is missed most',
    params: TopologyParams,
    answer: WorstAnswer,
  },
} as const satisfies Operations;
