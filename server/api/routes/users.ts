import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Accounts } from '../../accounts/accounts.ts';
import { newSecret } from '../../accounts/secrets.ts';
import type { Entry } from '../../store/history.ts';
import { iso } from './account.ts';
import { serveOperation } from './operation.ts';

const NOTHING_MORE = { formatVersion: 1, diagnostics: [] } as const;

/** For admins: everybody who may sign in, and what was tried. */
export function userRoutes(server: FastifyInstance, { users, attempts }: Accounts): void {
  serveOperation(server, 'GET /api/users', async () => {
    const found = await users.list();
    return {
      ...NOTHING_MORE,
      users: found.map(({ created, changed, ...user }) => ({ ...user, created: iso(created), changed: iso(changed) })),
    };
  });

  serveOperation(server, 'POST /api/users', async ({ body }) => {
    const password = firstPassword();
    await users.add(body.name, body.role, password, true);
    return { ...NOTHING_MORE, password };
  });

  serveOperation(server, 'PUT /api/users/:user/role', async ({ params, body }) => {
    await users.setRole(params.user, body.role);
    return NOTHING_MORE;
  });

  serveOperation(server, 'POST /api/users/:user/reset', async ({ params }) => {
    const password = firstPassword();
    await users.setPassword(params.user, password, { temporary: true, keepTokens: false });
    return { ...NOTHING_MORE, password };
  });

  serveOperation(server, 'DELETE /api/users/:user', async ({ params }) => {
    await users.remove(params.user);
    return NOTHING_MORE;
  });

  serveOperation(server, 'GET /api/attempts', async ({ query }) => {
    const { entries, brokenAt } = await attempts.log.last(query.count, query.before);
    return {
      ...NOTHING_MORE,
      ...{ attempts: entries.map(shownAttempt).reverse(), brokenAt, cutOff: await attempts.log.cutOff() },
    };
  });
}

/** 120 random bits, to be read out and typed: it is changed with the first sign-in. */
function firstPassword(): string {
  const letters = newSecret().replaceAll(/[-_0OlI]/g, '');
  return (letters.slice(0, 20).match(/.{5}/g) ?? []).join('-');
}

const Tells = z.looseObject({
  what: z.string().catch('?'),
  which: z.record(z.string(), z.string()).catch({}),
  address: z.string().nullable().catch(null),
  by: z.string().nullable().catch(null),
  status: z.number().nullable().catch(null),
  why: z.string().nullable().catch(null),
  more: z.number().catch(0),
});

/** Whatever somebody wrote into the log by hand is shown as far as it can be. */
function shownAttempt({ number, at, run, who, event, body }: Entry) {
  const read = Tells.safeParse(body);
  const { what, which, address, by, status, why, more } = read.success ? read.data : Tells.parse({});
  return { ...{ number, at, id: run, who, event, what, which, address, by, status, why, more } };
}
