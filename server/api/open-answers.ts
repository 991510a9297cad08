import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import { isReading } from './about.ts';
import type { User } from './user.ts';

const LOOK_MS = 15_000;

/** An answer that goes on (a stream of events) ends with the session or token that it was asked with. */
export function closeWithSession(
  server: FastifyInstance,
  { sessions, tokens, users }: Accounts,
): { watch(reply: FastifyReply, user: User): void } {
  const open = new Map<ServerResponse, User>();
  const isOver = async ({ name, by, id }: User): Promise<boolean> => {
    if (by === 'link') return !(await sessions.isLive(id));
    if ((await users.find(name)) === undefined) return true;
    return !(await (by === 'token' ? tokens : sessions).isLive(id));
  };
  const look = async (): Promise<void> => {
    for (const [response, user] of [...open]) {
      if (!response.writableEnded && (await isOver(user))) response.destroy();
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS).unref();
  server.addHook('onClose', () => {
    clearInterval(timer);
  });
  // Whatever was changed may have been that.
  server.addHook('onResponse', async (request) => {
    if (!isReading(request)) await look();
  });
  return {
    watch(reply, user) {
      open.set(reply.raw, user);
      reply.raw.once('close', () => open.delete(reply.raw));
    },
  };
}
