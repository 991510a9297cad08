/** Who comes to the operator: the first that shows the key, and nobody else. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { letIn } from '../../server/operator/door.ts';

const KEY = 'k'.repeat(43);

test('whoever has not the key is let go, and so is who comes with it after another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-door-'));
  const path = join(folder, 'door.sock');
  const door = createServer();
  const welcomed: Socket[] = [];
  letIn(door, KEY, (connection) => welcomed.push(connection));
  door.listen(path);
  await once(door, 'listening');
  const come = async (shown: string): Promise<Socket> => {
    const socket = connect(path);
    await once(socket, 'connect');
    socket.write(shown);
    return socket.resume();
  };
  for (const wrong of ['x'.repeat(43), KEY.slice(1), `${KEY.slice(0, -1)}K`]) {
    const socket = await come(wrong);
    socket.end();
    await once(socket, 'close');
    expect(welcomed).toEqual([]);
  }
  const right = await come(`${KEY}and what it asks for`);
  await expect.poll(() => welcomed.length, { timeout: 10_000 }).toBe(1);
  expect(String(welcomed[0]?.read())).toBe('and what it asks for');
  await once(await come(KEY), 'close');
  expect(welcomed).toHaveLength(1);
  right.destroy();
  welcomed[0]?.destroy();
  door.close();
  await rm(folder, { recursive: true });
});
