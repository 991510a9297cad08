/** What happens on a server is heard to the end, also where the connection to it breaks off. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { askServer } from '../../server/cli/remote/server.ts';
import { listenThere } from '../../server/cli/remote/events.ts';
import { SMALL } from '../api/site.ts';
import { openAsking } from './asking.ts';
import type { Asking } from './asking.ts';

let asking: Asking;
beforeAll(async () => {
  asking = await openAsking('view', { 'small.yaml': SMALL });
  vi.stubEnv('TRUNKLINE_TOKEN', asking.token);
});
afterAll(() => asking[Symbol.asyncDispose]());

/** Between somebody and the server, as a network is. */
interface Between extends AsyncDisposable {
  readonly url: string;
  /** Breaks off all connections; `refuse`: and lets none through until it is told otherwise. */
  cut(refuse: boolean): void;
  /** How often somebody has come through. */
  readonly passed: number;
}

async function between(url: string): Promise<Between> {
  const port = Number(new URL(url).port);
  const open = new Set<Socket>();
  let refuses = false;
  let passed = 0;
  const listener = createServer((socket) => {
    if (refuses) {
      socket.destroy();
      return;
    }
    passed += 1;
    const other = connect(port, '127.0.0.1');
    other.pipe(socket);
    // The server answers to its own name only, as those that stand before it say it.
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1').replace(/^host: .*$/im, `host: 127.0.0.1:${String(port)}`);
      other.write(text, 'latin1');
    });
    for (const [one, two] of [
      [socket, other],
      [other, socket],
    ] as const) {
      open.add(one);
      // Broken off is what they are for.
      one.on('error', () => two.destroy());
      one.on('close', () => {
        open.delete(one);
        two.destroy();
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `http://127.0.0.1:${String((listener.address() as AddressInfo).port)}`,
    get passed() {
      return passed;
    },
    cut(refuse) {
      refuses = refuse;
      for (const socket of open) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

test('what happened while it was broken off is heard once, in its order', { timeout: 60_000 }, async () => {
  await using way = await between(asking.url);
  const there = await askServer(way.url);
  await using listening = await listenThere(there);
  const changes: string[] = [];
  const until = (name: string): Promise<true> =>
    listening.until((event) => {
      if (event.type === 'reset' && changes.length > 0) changes.push('reset');
      if (event.type === 'file') changes.push(`${event.name} ${event.change}`);
      return event.type === 'file' && event.name === name ? true : undefined;
    });
  await listening.until((event) => (event.type === 'reset' ? true : undefined));
  // Only what changes after the server has looked once is told of: nobody says when that is.
  let times = 0;
  const writing = setInterval(() => {
    void asking.site.write('first.yaml', SMALL.replace('description: One', `description: ${String((times += 1))}`));
  }, 200);
  await until('first.yaml').finally(() => {
    clearInterval(writing);
  });
  way.cut(true);
  await asking.site.write('second.yaml', SMALL.replace('small', 'second'));
  // The server has told of it before anybody comes through again.
  await using direct = await listenThere(await askServer(asking.url));
  await asking.site.write('third.yaml', SMALL.replace('small', 'third'));
  await direct.until((event) => (event.type === 'file' && event.name === 'third.yaml' ? true : undefined));
  way.cut(false);
  await until('third.yaml');
  const own = changes.filter((each) => /^(second|third|reset)/.test(each));
  expect(own).toEqual(['second.yaml added', 'third.yaml added']);
  expect(way.passed).toBeGreaterThan(1);
});

test('who may not listen is told so at once', async () => {
  const { tokens } = asking.site.serving.accounts;
  const { secret, token } = await tokens.create({
    ...{ user: 'ann', label: 'one', role: 'view', topologies: ['small.yaml'], expires: Date.now() + 3_600_000 },
  });
  vi.stubEnv('TRUNKLINE_TOKEN', secret);
  const there = await askServer(asking.url);
  await tokens.revoke(token.id, 'ann');
  await expect(listenThere(there)).rejects.toMatchObject({ kind: 'no-rights' });
});
