import { TopologyParams } from '../schema/common.ts';
import { ViewList, ViewParams, ViewQuestion } from '../schema/views.ts';
import type { Operations } from './operation.ts';

export const viewOperations = {
  'GET /api/topologies/:name/views': {
    role: 'view',
    summary: 'Saved views of the map: your own, and those that others share',
    params: TopologyParams,
    answer: ViewList,
  },
  'PUT /api/topologies/:name/views/:view': {
    role: 'view',
    summary: 'Saves a view of your own, or one that others see',
    params: ViewParams,
    body: ViewQuestion,
    answer: ViewList,
  },
  'DELETE /api/topologies/:name/views/:view': {
    role: 'view',
    summary: 'Deletes a view of your own',
    params: ViewParams,
    answer: ViewList,
  },
} as const satisfies Operations;
