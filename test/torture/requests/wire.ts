/** A request as bytes on a connection, whole or broken, and the status line that comes back. */
import { connect } from 'node:net';
import { oneOf } from '../../support/seeded.ts';
import type { MadeRequest, Random } from './make.ts';
import { chance } from './make.ts';

/** Long enough for an answer that is under way, and short for what waits for the rest of a request. */
const PATIENCE_MS = 1_500;

export function bytesOf({ method, target, headers, body }: MadeRequest): Buffer {
  const lengths = body === null ? [] : [`content-length: ${String(body.length)}`];
  const head = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), ...lengths];
  return Buffer.concat([
    Buffer.from(`${[...head, 'connection: close'].join('\r\n')}\r\n\r\n`, 'utf8'),
    body ?? Buffer.alloc(0),
  ]);
}

/** The same with something wrong: cut off, bytes turned, lines doubled, lengths that do not fit, chunks that are none. */
export function broken(random: Random, bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const changed = oneOf<() => string>(random, [
    () => text.slice(0, Math.floor(random() * text.length)),
    () => text.replace('HTTP/1.1', oneOf(random, ['HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'XTTP/1.1', ''])),
    () => text.replace('\r\n', oneOf(random, ['\n', '\r', '\r\n\r\n', '\r\n x', '\r\nhost: other\r\n'])),
    () =>
      text.replace(
        'connection: close',
        `transfer-encoding: ${oneOf(random, ['chunked', 'gzip, chunked', 'chunkedx'])}`,
      ),
    () => text.replace('connection: close', 'content-length: 5\r\ncontent-length: 7'),
    () => text.replace('connection: close', 'content-length: 99999999999999999999'),
    () => text.replace('connection: close', 'expect: 100-continue\r\nconnection: close'),
    () => text.replace('connection: close', `${'a: b\r\n'.repeat(2_500)}connection: close`),
    () => text.replace('connection: close', `long: ${'c'.repeat(20_000)}`),
    () => turned(random, text),
    () => text + text,
  ]);
  return Buffer.from(changed(), 'latin1');
}

function turned(random: Random, text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  for (let times = 1 + Math.floor(random() * 8); times > 0; times -= 1)
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return bytes.toString('latin1');
}

/** All status codes that came back; none where the server hung up, or waits for more. */
export async function send(random: Random, port: number, bytes: Buffer): Promise<readonly number[]> {
  const split = chance(random, 0.3) ? Math.floor(random() * bytes.length) : bytes.length;
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const end = (): void => {
      socket.destroy();
      resolve([...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status)));
    };
    socket.setTimeout(PATIENCE_MS, end);
    socket.on('data', (data) => (answer += data.toString('latin1')));
    socket.on('close', end);
    // The server hangs up on what is too large or none of HTTP while it is still being sent.
    socket.on('error', end);
    socket.write(bytes.subarray(0, split), () => {
      if (split < bytes.length) setImmediate(() => socket.write(bytes.subarray(split)));
    });
  });
}
