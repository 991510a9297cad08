import { Health } from '../schema/health.ts';
import type { Operations } from './operation.ts';

export const healthOperations = {
  'GET /health': { role: 'view', summary: 'Whether the server answers', answer: Health },
} as const satisfies Operations;
