import type { Role } from '../core/role.ts';
import { API } from './contract/api.ts';
import type { Operation } from './contract/operation.ts';

/**
 * Who may ask for what: every route of the server has a row here, and a route without one is refused when it is registered.
 * `link` is the door of the one-time link, which checks its own token; `anyone` is what signing in needs.
 */
export type Access = 'link' | 'anyone' | Role;

/** What is no operation: the door, figures, the description of the API, and the page itself. */
const PAGES = {
  'GET /open': 'link',
  'GET /metrics': 'view',
  'GET /api/docs': 'view',
  'GET /api/docs/style.css': 'view',
  'GET /api/docs/openapi.json': 'view',
  'GET /sign-in.js': 'anyone',
  'GET /sign-in.css': 'anyone',
  'GET /*': 'view',
  'HEAD /*': 'view',
} as const;

export const ACCESS: Readonly<Record<string, Access>> = {
  ...Object.fromEntries(Object.entries(API).map(([key, { role }]) => [key, role])),
  ...PAGES,
};

export function accessOf(method: string, url: string | undefined): Access | undefined {
  const row = `${method} ${url ?? ''}`;
  return Object.hasOwn(ACCESS, row) ? ACCESS[row] : undefined;
}

/** The operation that is asked for; `undefined`: a page, or nothing. */
export function operationOf(method: string, url: string | undefined): Operation | undefined {
  const operations: Readonly<Record<string, Operation>> = API;
  const row = `${method} ${url ?? ''}`;
  return Object.hasOwn(operations, row) ? operations[row] : undefined;
}
