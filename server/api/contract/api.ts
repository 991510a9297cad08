/** Everything that can be asked of the server. Who may, what is taken and what is answered follow from here alone. */
import { fileOperations } from './file.ts';
import { accountOperations } from './accounts.ts';
import { auditOperations } from './audit.ts';
import { healthOperations } from './health.ts';
import { reportOperations } from './reports.ts';
import { runOperations } from './runs.ts';
import { topologyOperations } from './topologies.ts';
import { viewOperations } from './views.ts';

export const API = {
  ...healthOperations,
  ...topologyOperations,
  ...fileOperations,
  ...auditOperations,
  ...runOperations,
  ...reportOperations,
  ...viewOperations,
  ...accountOperations,
} as const;

export type Api = typeof API;
export type OperationKey = keyof Api;
