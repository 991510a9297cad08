import type { FastifyRequest } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import { lesserRole } from '../core/role.ts';
import { whoRuns } from '../run/plans.ts';
import { sessionCookie } from './cookies.ts';
import type { Front } from './front.ts';
import type { User } from './user.ts';

interface Unknown {
  readonly status: number;
  readonly summary: string;
  readonly detail?: string;
}

/** By the session of the cookie or by the token, and never by both: what one may, the other might not. */
export async function whoAsks(
  request: FastifyRequest,
  accounts: Accounts,
  front: Front,
  port: number,
): Promise<User | Unknown> {
  const { authorization } = request.headers;
  const cookie = request.cookies[sessionCookie(front, port).name];
  if (authorization === undefined) return (cookie === undefined ? null : await bySession(accounts, cookie)) ?? NOBODY;
  if (cookie !== undefined)
    return { status: 400, summary: 'The request has both a session and a token: one of them is not meant.' };
  const token = /^Bearer ([A-Za-z0-9_-]{1,128})$/i.exec(authorization)?.[1];
  return (token === undefined ? null : await byToken(accounts, token)) ?? NO_TOKEN;
}

const NOBODY: Unknown = {
  status: 401,
  summary: 'There is no session.',
  detail: 'Sign in; where no users are set up, use the link that was printed when the server was started.',
};
const NO_TOKEN: Unknown = { status: 401, summary: 'This token is unknown, or over.' };

async function bySession(accounts: Accounts, secret: string): Promise<User | null> {
  const session = await accounts.sessions.find(secret);
  if (session === undefined) return null;
  const { id } = session;
  if (session.user === null) return { name: whoRuns(), role: 'admin', by: 'link', topologies: null, id };
  // The role is that of now: one that was taken away is gone with the next request.
  const account = await accounts.users.find(session.user);
  if (account === undefined || account.temporary) return null;
  return { name: account.name, role: account.role, by: 'session', topologies: null, id };
}

async function byToken(accounts: Accounts, secret: string): Promise<User | null> {
  const token = await accounts.tokens.find(secret);
  const account = token && (await accounts.users.find(token.user));
  if (token === undefined || account === undefined) return null;
  const role = lesserRole(token.role, account.role);
  return { name: account.name, role, by: 'token', topologies: token.topologies, id: token.id };
}
