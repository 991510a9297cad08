import type { FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.ts';
import type { Role } from '../core/role.ts';

/** Who asks, as the guard found out before anything else was done with the request. */
export interface User {
  /** Goes into the history as who did it. */
  readonly name: string;
  readonly role: Role;
  /** `link`: the one-time link of this machine. `session`: signed in. `token`: a program. */
  readonly by: 'link' | 'session' | 'token';
  /** Which topologies a token is good for, as the API calls them; `null`: all. */
  readonly topologies: readonly string[] | null;
  /** Of the session or token. */
  readonly id: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** `null` only where nobody has to be known: at the doors. */
    user: User | null;
  }
}

/** Who asks. Handlers of operations with a role are only reached by somebody. */
export function userOf(request: FastifyRequest): User {
  if (request.user !== null) return request.user;
  throw new Failure('internal', 'An operation that needs a role was asked for by nobody.');
}

/** For operations whose address does not name the topology: a token may be good for some of them only. */
export function requireTopology(request: FastifyRequest, topology: string): void {
  const { topologies } = userOf(request);
  if (topologies !== null && !topologies.includes(topology))
    throw new Failure('no-rights', 'This token is not good for that topology.');
}
