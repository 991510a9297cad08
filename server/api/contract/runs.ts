import { TopologyParams } from '../schema/common.ts';
import { EventsQuestion, LiveEvent } from '../schema/events.ts';
import { Plan, PlanQuestion } from '../schema/plan.ts';
import {
  ApplyQuestion,
  BackQuestion,
  RollbackQuestion,
  Run,
  RunBegun,
  RunEnded,
  RunList,
  RunParams,
  RunsQuestion,
} from '../schema/runs.ts';
import { Status, StatusQuestion } from '../schema/status.ts';
import type { Operations } from './operation.ts';

/** What is done to hosts, what was done, and what they are like. */
export const runOperations = {
  'POST /api/topologies/:name/plan': {
    role: 'plan',
    summary: 'What would change on the hosts: reads them, and changes nothing',
    params: TopologyParams,
    body: PlanQuestion,
    answer: Plan,
  },
  'POST /api/topologies/:name/apply': {
    role: 'apply',
    summary: 'Begins a run that carries out a plan, and answers at once',
    params: TopologyParams,
    body: ApplyQuestion,
    answer: RunBegun,
  },
  'GET /api/topologies/:name/status': {
    role: 'view',
    summary: 'Drift, foreign things in the way, and what is up: reads the hosts',
    params: TopologyParams,
    query: StatusQuestion,
    answer: Status,
  },
  'GET /api/runs': {
    role: 'view',
    summary: 'Runs, newest first: who, when, what, and what became of them',
    query: RunsQuestion,
    answer: RunList,
  },
  'GET /api/runs/:run': {
    role: 'view',
    summary: 'All that is known of a run: its plan, its result, and the map at that time',
    params: RunParams,
    answer: Run,
  },
  'POST /api/runs/:run/confirm': {
    role: 'apply',
    summary: 'Keeps a run that waits on its hosts',
    params: RunParams,
    answer: RunEnded,
  },
  'POST /api/runs/:run/plan': {
    role: 'plan',
    summary: 'What going back to the state before a kept run, or to the one that it left, would change',
    params: RunParams,
    body: BackQuestion,
    answer: Plan,
  },
  'POST /api/runs/:run/rollback': {
    role: 'apply',
    summary: 'Undoes a run that waits; of a kept one, begins a run that carries out the plan of going back',
    params: RunParams,
    body: RollbackQuestion,
    answer: RunEnded,
  },
  'GET /api/events': {
    role: 'view',
    summary: 'What happens, as server-sent events: runs, hosts, files. Goes on behind `Last-Event-ID`',
    query: EventsQuestion,
    answer: LiveEvent,
    stream: true,
  },
} as const satisfies Operations;
