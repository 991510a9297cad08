/**
 * Who may ask for what: every route of the server has a row here, and a route without one is refused when it is registered.
 * `session` is everybody who came in by a link; `link` is the one door, which checks its own token.
 */
export type Access = 'link' | 'session';

export const ACCESS: Readonly<Record<string, Access>> = {
  'GET /open': 'link',
  'GET /health': 'session',
  'GET /api/topologies': 'session',
  'GET /api/topologies/:name/graph': 'session',
  'GET /api/topologies/:name/diagnostics': 'session',
  'GET /api/topologies/:name/reach': 'session',
  // The page itself.
  'GET /*': 'session',
  'HEAD /*': 'session',
};

export function accessOf(method: string, url: string | undefined): Access | undefined {
  const row = `${method} ${url ?? ''}`;
  return Object.hasOwn(ACCESS, row) ? ACCESS[row] : undefined;
}
