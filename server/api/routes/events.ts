import type { FastifyInstance } from 'fastify';
import { Failure } from '../../core/failure.ts';
import { API } from '../contract/api.ts';
import type { EventsQuestion } from '../schema/events.ts';
import type { z } from 'zod';
import type { LiveEvents } from '../live.ts';

/** Comments that keep proxies and browsers from giving a quiet stream up. */
const SIGN_OF_LIFE_MS = 15_000;
/** Streams at a time: each holds a connection. */
const MOST_STREAMS = 256;
/** Whoever does not read what is sent is let go: it comes back, and is told where things stand. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024;

/** `GET /api/events`: server-sent events that go on behind `Last-Event-ID`. */
export function eventRoute(server: FastifyInstance, live: LiveEvents): void {
  const { summary, query } = API['GET /api/events'];
  const open = new Set<() => void>();
  server.addHook('preClose', (done) => {
    for (const end of open) end();
    live.close();
    done();
  });

  server.get('/api/events', { schema: { summary, querystring: query } }, async (request, reply) => {
    if (open.size >= MOST_STREAMS)
      throw new Failure('locked', 'Too many pages listen at once.', { detail: 'Close some, and try again.' });
    const { watch, lab } = request.query as z.output<typeof EventsQuestion>;
    const last = request.headers['last-event-id'];
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    raw.write('retry: 1000\n\n');
    const end = (): void => {
      raw.destroy();
    };
    open.add(end);
    const timer = setInterval(() => raw.write(':\n\n'), SIGN_OF_LIFE_MS);
    const follows = live.follow(
      typeof last === 'string' ? last : undefined,
      watch === undefined ? null : { name: watch, lab },
      ({ id, text }) => {
        raw.write(`id: ${id}\ndata: ${text}\n\n`);
        if (raw.writableLength > MOST_UNREAD_BYTES) end();
      },
    );
    raw.on('close', () => {
      clearInterval(timer);
      open.delete(end);
      void follows.then((each) => {
        each.stop();
      });
    });
    await follows.catch((error: unknown) => {
      end();
      throw error;
    });
  });
}
