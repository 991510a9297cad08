import { Failure } from '../core/failure.ts';
import type { HostSession } from '../host/connection.ts';
import type { RunContext } from './context.ts';

/**
 * Opens a session to each host, under its lock; where one cannot be had, those that could are closed again and it throws.
 * @param fresh by connections that nothing was done over before, for asking what became of a run.
 */
export async function openSessions(
  hosts: readonly string[],
  context: RunContext,
  fresh = false,
): Promise<ReadonlyMap<string, HostSession>> {
  const opened = await Promise.allSettled(
    hosts.map(
      async (host) => [host, await context.connectionOf(host).open({ lock: true, fresh, namesOnly: fresh })] as const,
    ),
  );
  const sessions = new Map(opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
  const refused = opened.find((each) => each.status === 'rejected');
  if (refused !== undefined) {
    await closeSessions(sessions);
    throw refused.reason;
  }
  return sessions;
}

export async function closeSessions(sessions: ReadonlyMap<string, HostSession>): Promise<void> {
  await Promise.all([...sessions.values()].map((session) => session.close()));
}

/**
 * What the hosts are to do lies with them: now work of our own that takes long keeps none of them waiting. Nothing is waited for
 * once they are done, or have failed.
 */
export async function whenSent(sessions: readonly HostSession[], done: Promise<unknown>): Promise<void> {
  const over = done.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([over, Promise.all(sessions.map((session) => session.sent?.() ?? Promise.resolve()))]);
}

export function sessionOf(sessions: ReadonlyMap<string, HostSession>, host: string): HostSession {
  const session = sessions.get(host);
  if (session === undefined) throw new Failure('internal', `no session to ${host}`);
  return session;
}
