import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Accounts } from '../../accounts/accounts.ts';
import type { ApiToken } from '../../accounts/api-tokens.ts';
import { Failure } from '../../core/failure.ts';
import { mayAs } from '../../core/role.ts';
import { userOf } from '../user.ts';
import { serveOperation } from './operation.ts';

const NOTHING_MORE = { formatVersion: 1, diagnostics: [] } as const;
const DAY_MS = 86_400_000;

/** What everybody has of their own: password, sessions, tokens. */
export function accountRoutes(server: FastifyInstance, { users, sessions, tokens, lockout }: Accounts): void {
  serveOperation(server, 'GET /api/account', (_asked, request) => {
    const { name, role, by, topologies } = userOf(request);
    return { ...NOTHING_MORE, name, role, by, topologies };
  });

  serveOperation(server, 'PUT /api/account/password', async ({ body }, request) => {
    const name = nameOf(request);
    const { id } = userOf(request);
    // A session that was left open must not be good for guessing.
    const attempt = { name, address: `session ${id}`, device: undefined };
    const ms = await lockout.begin(attempt);
    if (ms > 0) throw new Failure('no-rights', 'The password was wrong too often. Wait a little.');
    if ((await users.verify(name, body.password)) === undefined)
      throw new Failure('no-rights', 'The present password is wrong.');
    await lockout.succeeded(attempt);
    await users.setPassword(name, body.newPassword, { temporary: false, keepTokens: true, keep: id });
    return NOTHING_MORE;
  });

  serveOperation(server, 'GET /api/sessions', async (_asked, request) => {
    const { id: own } = userOf(request);
    const found = await sessions.list(ownerOf(request));
    return {
      ...NOTHING_MORE,
      sessions: found.map(({ id, created, seen, address, agent }) => ({
        ...{ id, own: id === own, created: iso(created), seen: iso(seen), address, agent },
      })),
    };
  });

  serveOperation(server, 'DELETE /api/sessions/:session', async ({ params }, request) => {
    if (await sessions.end(params.session, ownerOf(request))) return NOTHING_MORE;
    throw new Failure('file-unreadable', 'There is no such session.');
  });

  serveOperation(server, 'GET /api/tokens', async (_asked, request) => {
    const owner = ownerOf(request);
    const found = owner === null ? [] : await tokens.list(owner);
    return { ...NOTHING_MORE, tokens: found.map(shownToken) };
  });

  serveOperation(server, 'POST /api/tokens', async ({ body }, request) => {
    const user = nameOf(request);
    const { label, role, topologies, days } = body;
    if (!mayAs(userOf(request).role, role))
      throw new Failure('no-rights', 'A token may no more than its user.', {
        detail: `Yours is the role ${userOf(request).role}.`,
      });
    const made = await tokens.create({ user, label, role, topologies, expires: Date.now() + days * DAY_MS });
    return { ...NOTHING_MORE, secret: made.secret, token: shownToken(made.token) };
  });

  serveOperation(server, 'DELETE /api/tokens/:token', async ({ params }, request) => {
    if (await tokens.revoke(params.token, nameOf(request))) return NOTHING_MORE;
    throw new Failure('file-unreadable', 'There is no such token.');
  });
}

/** `null`: whoever opened the link of this server. */
function ownerOf(request: FastifyRequest): string | null {
  const { by, name } = userOf(request);
  return by === 'link' ? null : name;
}

function nameOf(request: FastifyRequest): string {
  const owner = ownerOf(request);
  if (owner !== null) return owner;
  throw new Failure('obstacle', 'Whoever opened the link has no password and no tokens.', {
    detail: 'Add a user, and sign in as that one.',
  });
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}

function shownToken({ id, label, role, topologies, created, expires, seen }: ApiToken) {
  return {
    ...{ id, label, role, topologies, created: iso(created), expires: iso(expires) },
    ...{ seen: seen === null ? null : iso(seen), over: expires <= Date.now() },
  };
}
