import type { FastifyInstance } from 'fastify';
import type { Accounts } from '../../accounts/accounts.ts';
import { newId } from '../../accounts/secrets.ts';
import { whoRuns } from '../../run/plans.ts';
import { about } from '../about.ts';
import { sessionCookie } from '../cookies.ts';
import type { Front } from '../front.ts';
import { portOf } from '../front.ts';
import type { Links } from '../links.ts';
import { sendLinkNotice } from '../sign-in.ts';
import { endFormer } from './session.ts';

interface OpenRoute {
  readonly accounts: Accounts;
  readonly links: Links;
  readonly front: Front;
}

/** `GET /open?token=…`: the one-time link. Turns its token into a session cookie and goes on to the page. */
export function openRoute(server: FastifyInstance, { accounts, links, front }: OpenRoute): void {
  server.get('/open', async (request, reply) => {
    const { token } = request.query as { token?: unknown };
    const tells = { what: 'GET /open', address: about(request).address, by: 'link' };
    if (typeof token !== 'string' || !links.redeem(token)) {
      const why = 'unknown or used link';
      await accounts.attempts.addSparingly({ id: newId(), who: '?', event: 'not-signed-in', tells: { ...tells, why } });
      return sendLinkNotice(reply, 'This link was used before, or was never given out.');
    }
    await accounts.attempts.add({ id: newId(), who: whoRuns(), event: 'signed-in', tells });
    const { name, options } = sessionCookie(front, portOf(server));
    await endFormer(accounts, request.cookies[name]);
    const agent = request.headers['user-agent'] ?? '';
    const session = await accounts.sessions.begin({ user: null, address: request.ip, agent });
    return reply.setCookie(name, session, options).redirect('/', 303);
  });
}
