import { API } from './contract/api.ts';
import type { Role } from '../core/role.ts';

/**
 * Who may ask for what: every route of the server has a row here, and a route without one is refused when it is registered.
 * `link` is the one door, which checks its own token.
 */
export type Access = 'link' | 'anyone' | Role;

/** What is no operation: the door, and the page itself. */
const PAGES = {
  'GET /open': 'link',
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
