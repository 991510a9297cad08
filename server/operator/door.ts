import { timingSafeEqual } from 'node:crypto';
import type { Server, Socket } from 'node:net';

const KEY_MS = 10_000;

/** Welcomes the first that shows the key; whoever does not is let go. */
export function letIn(door: Server, key: string, welcome: (connection: Socket) => void): void {
  const expected = Buffer.from(key, 'utf8');
  let taken = false;
  door.on('connection', (connection) => {
    const timer = setTimeout(() => connection.destroy(), KEY_MS);
    connection.on('error', () => undefined);
    connection.once('close', () => {
      clearTimeout(timer);
    });
    connection.once('readable', () => {
      clearTimeout(timer);
      const shown: unknown = connection.read(expected.length);
      if (taken || !Buffer.isBuffer(shown) || shown.length !== expected.length || !timingSafeEqual(shown, expected)) {
        connection.destroy();
        return;
      }
      taken = true;
      welcome(connection);
    });
  });
}
